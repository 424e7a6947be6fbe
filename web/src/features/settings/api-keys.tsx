// API keys: make one (its secret is shown once), see them, revoke them.
import { Button, Checkbox, Group, Modal, NumberInput, Stack, TextInput } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { dateTime, words } from "../../lib/format";
import { queryClient } from "../../lib/queries";
import {
  type ApiKey,
  apiKeysQuery,
  createApiKey,
  deleteApiKey,
  type KeyScope,
  keyScopes,
} from "../../lib/resources/auth";
import { type Column, DataTable } from "../../ui/data-table";
import { Icon } from "../../ui/icon";
import { Panel } from "../../ui/page";
import { Answer, Empty, Fault } from "../../ui/states";

const refresh = () => queryClient.invalidateQueries({ queryKey: apiKeysQuery.queryKey });

export function ApiKeys() {
  const query = useQuery(apiKeysQuery);
  const [making, setMaking] = useState(false);
  const revoke = useMutation({ mutationFn: deleteApiKey, onSettled: refresh });
  const columns: Column<ApiKey>[] = [
    { key: "name", title: "Name", cell: (key) => key.name, compact: "title" },
    {
      key: "prefix",
      title: "Begins with",
      cell: (key) => <span className="mono">{key.prefix}</span>,
      compact: "detail",
    },
    {
      key: "scopes",
      title: "May",
      cell: (key) => key.scopes.map(words).join(", "),
      compact: "detail",
    },
    {
      key: "used",
      title: "Last used, UTC",
      cell: (key) => dateTime(key.last_used_at),
      compact: "detail",
    },
    {
      key: "until",
      title: "Until",
      cell: (key) => (key.expires_at ? dateTime(key.expires_at) : "no end"),
    },
    {
      key: "act",
      title: "",
      cell: (key) => (
        <Button variant="subtle" size="compact-xs" onClick={() => revoke.mutate(key.id)}>
          Revoke
        </Button>
      ),
      end: true,
      compact: "value",
    },
  ];
  return (
    <Panel
      title="API keys"
      flush
      actions={
        <Button variant="default" onClick={() => setMaking(true)}>
          New key
        </Button>
      }
    >
      <Fault error={revoke.error} />
      <Answer query={query} rows={2}>
        {(keys) =>
          keys.length === 0 ? (
            <Empty title="No keys">The command line and the Python library sign in with one.</Empty>
          ) : (
            <DataTable label="API keys" columns={columns} rows={keys} rowKey={(key) => key.id} />
          )
        }
      </Answer>
      {making ? <NewKey onClose={() => setMaking(false)} /> : null}
    </Panel>
  );
}

function NewKey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(["read"]);
  const [days, setDays] = useState<number | string>(90);
  const make = useMutation({
    mutationFn: () =>
      createApiKey(name.trim(), scopes as KeyScope[], days === "" ? null : Number(days)),
    onSuccess: refresh,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={<strong>{make.data ? "Your new key" : "New API key"}</strong>}
    >
      {make.data ? (
        <Secret secret={make.data.key} onClose={onClose} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <Stack gap="sm">
            <TextInput
              label="Name"
              required
              data-autofocus
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Checkbox.Group label="It may" value={scopes} onChange={setScopes}>
              <Group mt={6} gap="sm">
                {keyScopes.map((scope) => (
                  <Checkbox key={scope} value={scope} label={words(scope)} />
                ))}
              </Group>
            </Checkbox.Group>
            <NumberInput
              label="Days it lives"
              description="Empty: until it is revoked"
              min={1}
              max={3650}
              value={days}
              onChange={setDays}
            />
            <Fault error={make.error} />
            <Group justify="flex-end">
              <Button
                type="submit"
                loading={make.isPending}
                disabled={!name.trim() || scopes.length === 0}
              >
                Make key
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const clipboard = useClipboard();
  return (
    <Stack gap="sm">
      <span>Copy it now: it is shown this once and cannot be read again.</span>
      <TextInput
        aria-label="Secret key"
        readOnly
        value={secret}
        classNames={{ input: "mono" }}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Group justify="flex-end">
        <Button
          variant="default"
          leftSection={<Icon name="copy" size={14} />}
          onClick={() => clipboard.copy(secret)}
        >
          {clipboard.copied ? "Copied" : "Copy"}
        </Button>
        <Button onClick={onClose}>I have it</Button>
      </Group>
    </Stack>
  );
}
