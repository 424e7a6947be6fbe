// Save what an AutoBuild assembled as a portfolio of pinned versions.
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { queryClient } from "../../lib/queries";
import { type AutoBuild, saveAsPortfolio } from "../../lib/resources/autobuilds";
import { Fault } from "../../ui/states";

export function SavePortfolio({ build }: { build: AutoBuild }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState(build.name);
  const save = useMutation({
    mutationFn: () => saveAsPortfolio(build.id, name.trim()),
    onSuccess: (made) => {
      for (const key of ["portfolios", "strategies"])
        void queryClient.invalidateQueries({ queryKey: [key] });
      void navigate({ to: "/portfolios/$portfolioId", params: { portfolioId: made.id } });
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>Save as portfolio</Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={<strong>Save as portfolio</strong>}
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
          }}
        >
          <Stack gap="sm">
            <span className="muted">
              Each leg becomes a strategy of yours with the version that was tested. Nothing trades
              yet.
            </span>
            <TextInput
              label="Name"
              required
              maxLength={120}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Fault error={save.error} />
            <Group justify="flex-end">
              <Button type="submit" loading={save.isPending} disabled={name.trim() === ""}>
                Save
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
