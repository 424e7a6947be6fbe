// Ask for a link to set a new password.
import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { askReset } from "../../lib/resources/auth";
import { Fault } from "../../ui/states";
import { AuthCard } from "./auth-card";

export default function ForgotPage() {
  const [email, setEmail] = useState("");
  const ask = useMutation({ mutationFn: () => askReset(email.trim()) });
  return (
    <AuthCard title="Forgotten password">
      {ask.isSuccess ? (
        <Text>
          If {email.trim()} has an account, a link is on its way. It works once, for an hour.
        </Text>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            ask.mutate();
          }}
        >
          <Stack gap="sm">
            <TextInput
              label="E-mail"
              type="email"
              autoComplete="username"
              required
              autoFocus
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <Fault error={ask.error} />
            <Button type="submit" size="sm" loading={ask.isPending}>
              Send a link
            </Button>
          </Stack>
        </form>
      )}
    </AuthCard>
  );
}
