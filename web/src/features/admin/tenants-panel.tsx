// Who uses the platform.
import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { day } from "../../lib/format";
import { type Tenant, tenantsQuery } from "../../lib/resources/operations";
import type { Column } from "../../ui/data-table";
import { Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { Empty } from "../../ui/states";
import { State } from "../../ui/value";

const columns: Column<Tenant>[] = [
  { key: "name", title: "Name", cell: (tenant) => tenant.name, compact: "title" },
  { key: "email", title: "E-mail", cell: (tenant) => tenant.email, compact: "detail" },
  { key: "role", title: "Role", cell: (tenant) => <State state={tenant.role} />, compact: "value" },
  {
    key: "access",
    title: "Access",
    cell: (tenant) => <State state={tenant.disabled ? "halted" : "open"} />,
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
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed, 300);
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
        columns={columns}
        rowKey={(tenant) => tenant.id}
        empty={<Empty title="Nobody matches" />}
      />
    </Panel>
  );
}
