// Confirm an e-mail address by a mailed link, at a click, so that link scanners confirm nothing.
import { Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { verifyEmail } from "../../lib/resources/auth";
import { LinkButton } from "../../ui/link-button";
import { Fault } from "../../ui/states";
import { AuthCard } from "./auth-card";

export default function VerifyPage() {
  const { token = "" } = useSearch({ strict: false });
  const verify = useMutation({ mutationFn: () => verifyEmail(token) });
  return (
    <AuthCard title="Confirm your e-mail">
      {verify.isSuccess ? (
        <Stack gap="sm">
          <Text>Your address is confirmed.</Text>
          <LinkButton to="/dashboard">To the dashboard</LinkButton>
        </Stack>
      ) : (
        <Stack gap="sm">
          <Fault error={verify.error} />
          <Button size="sm" loading={verify.isPending} onClick={() => verify.mutate()}>
            Confirm my address
          </Button>
        </Stack>
      )}
    </AuthCard>
  );
}
