// Sign in with e-mail and password.
import { Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { signIn } from "../../lib/resources/auth";
import { Fault } from "../../ui/states";
import { AuthCard, nextAddress } from "./auth-card";

export default function SignInPage() {
  const router = useRouter();
  const form = useForm({ initialValues: { email: "", password: "" } });
  const enter = useMutation({
    mutationFn: (values: typeof form.values) => signIn(values.email.trim(), values.password),
    onSuccess: () => router.history.push(nextAddress(location.search)),
  });
  return (
    <AuthCard title="Sign in">
      <form onSubmit={form.onSubmit((values) => enter.mutate(values))}>
        <Stack gap="sm">
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="username"
            required
            autoFocus
            {...form.getInputProps("email")}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            {...form.getInputProps("password")}
          />
          <Fault error={enter.error} />
          <Button type="submit" size="sm" loading={enter.isPending} fullWidth>
            Sign in
          </Button>
          <Text c="dimmed">
            New here?{" "}
            <Anchor component={Link} to="/sign-up" underline="always">
              Create an account
            </Anchor>{" "}
            or{" "}
            <Anchor component={Link} to="/forgot-password" underline="always">
              set a new password
            </Anchor>
          </Text>
        </Stack>
      </form>
    </AuthCard>
  );
}
