// Set a new password by a mailed link.
import { Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { resetPassword } from "../../lib/resources/auth";
import { LinkButton } from "../../ui/link-button";
import { Fault } from "../../ui/states";
import { AuthCard } from "./auth-card";

export default function ResetPage() {
  const { token = "" } = useSearch({ strict: false });
  const [password, setPassword] = useState("");
  const reset = useMutation({ mutationFn: () => resetPassword(token, password) });
  return (
    <AuthCard title="New password">
      {reset.isSuccess ? (
        <Stack gap="sm">
          <Text>The password is changed; every session and key of the account has ended.</Text>
          <LinkButton to="/sign-in">Sign in</LinkButton>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            reset.mutate();
          }}
        >
          <Stack gap="sm">
            <PasswordInput
              label="New password"
              autoComplete="new-password"
              required
              autoFocus
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Fault error={reset.error} />
            <Button type="submit" size="sm" loading={reset.isPending}>
              Change password
            </Button>
          </Stack>
        </form>
      )}
    </AuthCard>
  );
}
