// The rarer acts on a strategy: publish, take back, delete.
import { Button, Group, Menu, Modal, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { asProblem } from "../../lib/problem";
import { queryClient } from "../../lib/queries";
import { deleteStrategy, publish, type Strategy, unpublish } from "../../lib/resources/strategies";
import { Icon } from "../../ui/icon";
import { Fault } from "../../ui/states";

const settle = () => {
  void queryClient.invalidateQueries({ queryKey: ["strategies"] });
  void queryClient.invalidateQueries({ queryKey: ["catalog"] });
};

export function MoreActs({ strategy, etag }: { strategy: Strategy; etag: string | null }) {
  const [deleting, setDeleting] = useState(false);
  const show = useMutation({
    mutationFn: (): Promise<unknown> =>
      strategy.visibility === "public" ? unpublish(strategy.id) : publish(strategy.id),
    onError: (error) => {
      const problem = asProblem(error);
      const message = [problem.message, problem.action].filter(Boolean).join(" ");
      notifications.show({ title: problem.title, message, color: "brass" });
    },
    onSettled: settle,
  });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" aria-label="More acts" loading={show.isPending}>
            <Icon name="down" size={14} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => show.mutate()}>
            {strategy.visibility === "public"
              ? "Take out of the catalog"
              : "Publish in the catalog"}
          </Menu.Item>
          <Menu.Item onClick={() => setDeleting(true)}>Delete strategy</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {deleting ? (
        <DeleteDialog strategy={strategy} etag={etag} onClose={() => setDeleting(false)} />
      ) : null}
    </>
  );
}

interface DeleteDialogProps {
  strategy: Strategy;
  etag: string | null;
  onClose: () => void;
}

function DeleteDialog({ strategy, etag, onClose }: DeleteDialogProps) {
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deleteStrategy(strategy.id, etag),
    onSuccess: () => {
      settle();
      void navigate({ to: "/strategies" });
    },
  });
  return (
    <Modal opened onClose={onClose} title={<strong>Delete {strategy.name}?</strong>}>
      <Stack gap="sm">
        <span className="muted">Reports and sessions that used it stay readable.</span>
        <Fault error={remove.error} reload={settle} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button loading={remove.isPending} onClick={() => remove.mutate()}>
            Delete
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
