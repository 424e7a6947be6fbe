// The operator's page: kill switches, audit, jobs, tenants, feeds, health.
import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Page } from "../../ui/page";
import { AuditPanel } from "./audit-panel";
import { FeedsPanel } from "./feeds-panel";
import { HealthPanel } from "./health-panel";
import { JobsPanel } from "./jobs-panel";
import { SwitchesPanel } from "./switches-panel";
import { TenantsPanel } from "./tenants-panel";

const tabs = [
  { value: "switches", label: "Kill switches", panel: <SwitchesPanel /> },
  { value: "audit", label: "Audit", panel: <AuditPanel /> },
  { value: "jobs", label: "Jobs", panel: <JobsPanel /> },
  { value: "tenants", label: "Tenants", panel: <TenantsPanel /> },
  { value: "feeds", label: "Feeds", panel: <FeedsPanel /> },
  { value: "health", label: "Health", panel: <HealthPanel /> },
];

export default function AdminPage() {
  const navigate = useNavigate();
  const { tab = "switches" } = useSearch({ strict: false });
  return (
    <Page title="Admin" subtitle="Every write here is recorded in the audit log.">
      <Tabs
        value={tab}
        onChange={(value) =>
          void navigate({ to: "/admin", search: { tab: value ?? "" }, replace: true })
        }
      >
        <Tabs.List mb="sm">
          {tabs.map((entry) => (
            <Tabs.Tab key={entry.value} value={entry.value}>
              {entry.label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map((entry) => (
          <Tabs.Panel key={entry.value} value={entry.value}>
            {entry.panel}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
