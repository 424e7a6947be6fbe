// Create an account; the server has the last word on the password.
import { Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { signUp } from "../../lib/resources/auth";
import { Fault } from "../../ui/states";
import { AuthCard, nextAddress } from "./auth-card";

const shortest = 12;

export default function SignUpPage() {
  const router = useRouter();
  const form = useForm({
    initialValues: { name: "", email: "", password: "" },
    validate: {
      name: (value) => (value.trim() ? null : "Say how you want to be called"),
      password: (value) =>
        value.length < shortest
          ? `Use at least ${shortest} characters; you have ${value.length}`
          : null,
    },
  });
  const join = useMutation({
    mutationFn: (values: typeof form.values) =>
      signUp(values.name.trim(), values.email.trim(), values.password),
    onSuccess: () => router.history.push(nextAddress(location.search)),
  });
  return (
    <AuthCard title="Create an account">
      <form onSubmit={form.onSubmit((values) => join.mutate(values))}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            autoComplete="name"
            required
            autoFocus
            {...form.getInputProps("name")}
          />
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="username"
            required
            {...form.getInputProps("email")}
          />
          <PasswordInput
            label="Password"
            description={`At least ${shortest} characters, and not one from a known leak`}
            autoComplete="new-password"
            required
            {...form.getInputProps("password")}
          />
          <Fault error={join.error} />
          <Button type="submit" size="sm" loading={join.isPending} fullWidth>
            Create account
          </Button>
          <Text c="dimmed">
            Already here?{" "}
            <Anchor component={Link} to="/sign-in" underline="always">
              Sign in
            </Anchor>
          </Text>
        </Stack>
      </form>
    </AuthCard>
  );
}
