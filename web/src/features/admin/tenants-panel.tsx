// Who uses the platform, what they may do, and whether they may come in.
import { Button, Group, Modal, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { day, words } from "../../lib/format";
import { queryClient } from "../../lib/queries";
import {
  changeTenant,
  type Tenant,
  type TenantChange,
  tenantQuery,
  tenantsQuery,
} from "../../lib/resources/operations";
import { useUser } from "../../lib/session";
import type { Column } from "../../ui/data-table";
import { Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { Answer, Empty, Fault } from "../../ui/states";
import { State } from "../../ui/value";

const roles = ["trader", "author", "support", "admin"] as const;

const columns: Column<Tenant>[] = [
  { key: "name", title: "Name", cell: (tenant) => tenant.name, compact: "title" },
  { key: "email", title: "E-mail", cell: (tenant) => tenant.email, compact: "detail" },
  { key: "role", title: "Role", cell: (tenant) => <State state={tenant.role} />, compact: "value" },
  {
    key: "access",
    title: "Access",
    cell: (tenant) => <State state={tenant.disabled ? "halted" : "open"} />,
    compact: "detail",
    silent: (tenant) => !tenant.disabled,
  },
  {
    key: "since",
    title: "Since",
    cell: (tenant) => day(tenant.created_at),
    end: true,
    compact: "detail",
  },
  { key: "id", title: "Id", cell: (tenant) => <span className="mono muted">{tenant.id}</span> },
];

export function TenantsPanel() {
  const user = useUser();
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 300);
  const [chosen, setChosen] = useState<string | null>(null);
  const act: Column<Tenant> = {
    key: "act",
    title: "",
    cell: (tenant) =>
      tenant.id === user?.id ? (
        <span className="muted">you</span>
      ) : (
        <Button variant="subtle" size="compact-xs" onClick={() => setChosen(tenant.id)}>
          Change
        </Button>
      ),
    end: true,
    compact: "value",
  };
  return (
    <Panel
      title="Tenants"
      flush
      actions={
        <TextInput
          size="xs"
          aria-label="Search tenants"
          placeholder="Name or e-mail"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      }
    >
      <PagedTable
        label="Tenants"
        query={tenantsQuery(search)}
        columns={user?.role === "admin" ? [...columns, act] : columns}
        rowKey={(tenant) => tenant.id}
        empty={<Empty title="Nobody matches" />}
      />
      <Modal
        opened={chosen !== null}
        onClose={() => setChosen(null)}
        title={<strong>Role and access</strong>}
      >
        {chosen ? <Chosen id={chosen} onDone={() => setChosen(null)} /> : null}
      </Modal>
    </Panel>
  );
}

function Chosen({ id, onDone }: { id: string; onDone: () => void }) {
  const query = useQuery(tenantQuery(id));
  return (
    <Answer query={query} rows={3}>
      {({ data, etag }) => (
        <TenantForm
          key={data.revision}
          tenant={data}
          etag={etag}
          onDone={onDone}
          reload={() => void query.refetch()}
        />
      )}
    </Answer>
  );
}

interface TenantFormProps {
  tenant: Tenant;
  etag: string | null;
  onDone: () => void;
  reload: () => void;
}

function TenantForm({ tenant, etag, onDone, reload }: TenantFormProps) {
  const [role, setRole] = useState(tenant.role);
  const [disabled, setDisabled] = useState(tenant.disabled);
  const change = useMutation({
    mutationFn: (body: TenantChange) => changeTenant(tenant.id, body, etag),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ["tenants"] });
      onDone();
    },
  });
  const same = role === tenant.role && disabled === tenant.disabled;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ role, disabled });
      }}
    >
      <Stack gap="sm">
        <span>
          <b>{tenant.name}</b> <span className="muted">{tenant.email}</span>
        </span>
        <Select
          label="Role"
          description="Support reads everything here and changes nothing"
          data={roles.map((value) => ({ value, label: words(value) }))}
          value={role}
          onChange={(value) => setRole((value ?? role) as Tenant["role"])}
        />
        <Switch
          label="May sign in"
          description="Off ends all their sign-ins and API keys; sessions keep their positions"
          checked={!disabled}
          onChange={(event) => setDisabled(!event.currentTarget.checked)}
        />
        <Fault error={change.error} reload={reload} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Leave as it is
          </Button>
          <Button type="submit" disabled={same} loading={change.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
