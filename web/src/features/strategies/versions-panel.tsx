// A strategy's versions, what changed between two of them, and going back to an earlier one.
import { Button, Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { dateTime } from "../../lib/format";
import { diffQuery, type Version, versionsQuery } from "../../lib/resources/strategies";
import { type Column, DataTable } from "../../ui/data-table";
import { Panel } from "../../ui/page";
import { Answer, Empty } from "../../ui/states";
import fields from "../../ui/fields.module.css";
import styles from "./strategies.module.css";

interface VersionsPanelProps {
  strategyId: string;
  onOpen: (number: number) => void;
}

export function VersionsPanel({ strategyId, onOpen }: VersionsPanelProps) {
  const query = useQuery(versionsQuery(strategyId));
  const columns: Column<Version>[] = [
    { key: "number", title: "Version", cell: (version) => version.number, compact: "title" },
    {
      key: "hash",
      title: "Content hash",
      cell: (version) => <span className="mono">{version.hash.slice(0, 16)}</span>,
      compact: "detail",
    },
    {
      key: "created",
      title: "Made, UTC",
      cell: (version) => dateTime(version.created_at),
      compact: "detail",
    },
    {
      key: "act",
      title: "",
      cell: (version) => (
        <Button variant="subtle" size="compact-xs" onClick={() => onOpen(version.number)}>
          Load into the editor
        </Button>
      ),
      end: true,
      compact: "value",
    },
  ];
  return (
    <div className={fields.stack}>
      <Panel title="Versions never change; sessions stay on the one they started with" flush>
        <Answer query={query} rows={3}>
          {(versions) => (
            <DataTable
              label="Versions"
              columns={columns}
              rows={versions}
              rowKey={(version) => version.id}
            />
          )}
        </Answer>
      </Panel>
      {(query.data?.length ?? 0) > 1 ? (
        <Diff strategyId={strategyId} versions={query.data ?? []} />
      ) : null}
    </div>
  );
}

function Diff({ strategyId, versions }: { strategyId: string; versions: Version[] }) {
  const numbers = versions.map((version) => version.number).sort((a, b) => b - a);
  const [to, setTo] = useState(numbers[0] ?? 1);
  const [from, setFrom] = useState(numbers[1] ?? 1);
  const query = useQuery(diffQuery(strategyId, from, to));
  const choices = numbers.map(String);
  return (
    <Panel title="What changed">
      <Group mb="sm">
        <Select
          label="From version"
          data={choices}
          value={String(from)}
          onChange={(value) => setFrom(Number(value))}
          w={120}
        />
        <Select
          label="To version"
          data={choices}
          value={String(to)}
          onChange={(value) => setTo(Number(value))}
          w={120}
        />
      </Group>
      <Answer query={query} rows={3}>
        {(changes) =>
          changes.length === 0 ? (
            <Empty title="Nothing differs" />
          ) : (
            <div className={styles.diff}>
              {changes.map((change) => (
                <div key={change.path}>
                  <span className="mono">{change.path}</span>
                  <span>
                    {change.before === null || change.before === undefined ? null : (
                      <del>{JSON.stringify(change.before)}</del>
                    )}{" "}
                    {change.after === null || change.after === undefined ? null : (
                      <ins>{JSON.stringify(change.after)}</ins>
                    )}
                  </span>
                </div>
              ))}
            </div>
          )
        }
      </Answer>
    </Panel>
  );
}
