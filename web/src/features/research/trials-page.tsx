// The ledger of trials: how often something was tried, which decides how good it has to be.
import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { count, dateTime, ratio, words } from "../../lib/format";
import { metricName, showMetric } from "../../lib/metrics";
import { type Trial, trialsQuery } from "../../lib/resources/trials";
import { type Column, DataTable } from "../../ui/data-table";
import fields from "../../ui/fields.module.css";
import { Page, Panel, Stat, Stats } from "../../ui/page";
import { Answer, Empty } from "../../ui/states";

export default function TrialsPage() {
  const navigate = useNavigate();
  const { family: asked = "" } = useSearch({ strict: false });
  const [typed, setTyped] = useState(asked);
  const [family] = useDebouncedValue(typed.trim(), 300);
  const query = useInfiniteQuery(trialsQuery(family));
  const narrow = (name: string) => {
    setTyped(name);
    void navigate({ to: "/trials", search: name ? { family: name } : {}, replace: true });
  };
  return (
    <Page
      title="Trial ledger"
      subtitle="The best of many looks good by luck alone, so every set that was tried is counted."
    >
      <TextInput
        mb="sm"
        maw={360}
        aria-label="Family"
        placeholder="Family, such as inline:MACD"
        value={typed}
        onChange={(event) => narrow(event.currentTarget.value)}
      />
      <Answer query={query} rows={8}>
        {(data) => {
          const totals = data.pages[0]?.totals;
          const rows = data.pages.flatMap((page) => page.items);
          return (
            <div className={fields.stack}>
              <Stats>
                <Stat
                  label={family ? "Trials of the family" : "Trials"}
                  value={count(totals?.trials)}
                />
                <Stat
                  label="Different trials"
                  value={ratio(totals?.effective, 1)}
                  hint="similar sets count together"
                />
                <Stat
                  label="Ledger"
                  value={totals?.known === false ? "Incomplete" : "Whole"}
                  hint={totals?.known === false ? "some runs told no count" : "append-only"}
                />
              </Stats>
              <Panel title="Lines" flush>
                {rows.length === 0 ? (
                  <Empty title={family ? "No line of that family" : "Nothing was tried yet"}>
                    Sweeps, walk-forwards and AutoBuilds write here what they tried.
                  </Empty>
                ) : (
                  <DataTable
                    label="Ledger"
                    columns={columnsWith(narrow)}
                    rows={rows}
                    rowKey={(row, index) => `${row.at} ${row.family} ${index}`}
                  />
                )}
                {query.hasNextPage ? (
                  <div style={{ padding: 10, textAlign: "center" }}>
                    <Button
                      variant="default"
                      loading={query.isFetchingNextPage}
                      onClick={() => void query.fetchNextPage()}
                    >
                      Show more
                    </Button>
                  </div>
                ) : null}
              </Panel>
            </div>
          );
        }}
      </Answer>
    </Page>
  );
}

const columnsWith = (narrow: (family: string) => void): Column<Trial>[] => [
  { key: "at", title: "When, UTC", cell: (trial) => dateTime(trial.at), compact: "detail" },
  {
    key: "family",
    title: "Family",
    cell: (trial) => (
      <Button variant="subtle" size="compact-xs" onClick={() => narrow(trial.family)}>
        {familyName(trial.family)}
      </Button>
    ),
    compact: "title",
  },
  { key: "kind", title: "By", cell: (trial) => words(trial.kind), compact: "detail" },
  {
    key: "series",
    title: "Series",
    cell: (trial) => `${trial.instrument} ${trial.timeframe}`,
    compact: "detail",
  },
  { key: "metric", title: "Metric", cell: (trial) => metricName(trial.metric) },
  {
    key: "best",
    title: "Best",
    cell: (trial) => showMetric(trial.metric, trial.best),
    end: true,
    compact: "detail",
  },
  {
    key: "sets",
    title: "Sets",
    cell: (trial) => count(trial.sets),
    by: (trial) => trial.sets,
    end: true,
    compact: "value",
  },
];

/** Long ids by their end, where they differ. */
const familyName = (family: string) =>
  family.replace(/[0-9a-f]{8}-?[0-9a-f-]{24,27}/g, (id) => `…${id.slice(-8)}`);
