// A strategy's versions, what changed between two of them, and going back to an earlier one.
import { Button, Group, Select } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { dateTime } from "../../lib/format";
import { diffQuery, type Version, versionsQuery } from "../../lib/resources/strategies";
import type { Column } from "../../ui/data-table";
import fields from "../../ui/fields.module.css";
import { Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { Answer, Empty } from "../../ui/states";
import { Tag } from "../../ui/value";
import styles from "./strategies.module.css";

interface VersionsPanelProps {
  strategyId: string;
  current: number;
  onOpen: (number: number) => void;
  onOffer: (number: number) => void;
}

export function VersionsPanel({ strategyId, current, onOpen, onOffer }: VersionsPanelProps) {
  const known = useInfiniteQuery(versionsQuery(strategyId)).data;
  const numbers = known?.pages.flatMap((page) => page.items.map((version) => version.number)) ?? [];
  const columns: Column<Version>[] = [
    {
      key: "number",
      title: "Version",
      cell: (version) => (
        <>
          {version.number} {version.number === current ? <Tag>offered</Tag> : null}
          {version.deprecated ? <Tag>deprecated</Tag> : null}
        </>
      ),
      compact: "title",
    },
    {
      key: "note",
      title: "Note",
      cell: (version) => version.note || "–",
      wrap: true,
      compact: "detail",
    },
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
        <>
          {version.number === current ? null : (
            <Button variant="subtle" size="compact-xs" onClick={() => onOffer(version.number)}>
              Offer this one
            </Button>
          )}
          <Button variant="subtle" size="compact-xs" onClick={() => onOpen(version.number)}>
            Load into the editor
          </Button>
        </>
      ),
      end: true,
      compact: "detail",
    },
  ];
  return (
    <div className={fields.stack}>
      <Panel title="Versions never change; sessions stay on the one they started with" flush>
        <PagedTable
          label="Versions"
          query={versionsQuery(strategyId)}
          columns={columns}
          rowKey={(version) => version.id}
          empty={<Empty title="No version is stored" />}
        />
      </Panel>
      {numbers.length > 1 ? <Diff strategyId={strategyId} numbers={numbers} /> : null}
    </div>
  );
}

function Diff({ strategyId, numbers }: { strategyId: string; numbers: number[] }) {
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
                    <Side value={change.before} gone /> <Side value={change.after} />
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

function Side({ value, gone = false }: { value: unknown; gone?: boolean }) {
  if (value === null || value === undefined) return null;
  return gone ? <del>{JSON.stringify(value)}</del> : <ins>{JSON.stringify(value)}</ins>;
}
