// Change the password; all other devices are signed out.
import { Button, PasswordInput, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { changePassword } from "../../lib/resources/auth";
import { Fault } from "../../ui/states";

export function PasswordForm() {
  const form = useForm({ initialValues: { current: "", next: "" } });
  const change = useMutation({
    mutationFn: (values: typeof form.values) => changePassword(values.current, values.next),
    onSuccess: () => {
      form.reset();
      notifications.show({
        title: "Password changed",
        message: "All other devices were signed out.",
        color: "brass",
      });
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => change.mutate(values))}>
      <Stack gap="sm">
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          {...form.getInputProps("current")}
        />
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          required
          {...form.getInputProps("next")}
        />
        <Fault error={change.error} />
        <div>
          <Button type="submit" variant="default" loading={change.isPending}>
            Change password
          </Button>
        </div>
      </Stack>
    </form>
  );
}
