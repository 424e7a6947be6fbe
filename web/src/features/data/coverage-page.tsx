// What candles there are, how whole they are, and bringing more.
import { Button, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { bytes, count, day, duration } from "../../lib/format";
import { type Coverage, coverageQuery } from "../../lib/resources/data";
import { type Column, DataTable } from "../../ui/data-table";
import styles from "../../ui/fields.module.css";
import { LinkButton } from "../../ui/link-button";
import { Page, Panel, Stat, Stats } from "../../ui/page";
import { Answer, Empty } from "../../ui/states";
import { Tag } from "../../ui/value";
import { FeedHealth } from "./feed-health";
import { FetchPanel } from "./fetch-panel";
import { ImportList } from "./import-list";
import { ImportForm } from "./import-form";

const finding = (key: keyof Coverage, title: string): Column<Coverage> => ({
  key,
  title,
  cell: (series) => <Finding value={Number(series[key])} />,
  by: (series) => Number(series[key]),
  end: true,
  compact: "detail",
  silent: (series) => series[key] === 0,
});

const columns: Column<Coverage>[] = [
  {
    key: "series",
    title: "Series",
    cell: (series) => (
      <>
        <b style={{ fontWeight: 550 }}>{series.instrument}</b> {series.timeframe}{" "}
        {series.source === "shared" ? null : <Tag>Yours</Tag>}
      </>
    ),
    by: (series) => `${series.instrument} ${series.timeframe}`,
    compact: "title",
  },
  {
    key: "bars",
    title: "Bars",
    cell: (series) => count(series.bars),
    by: (series) => series.bars,
    end: true,
    compact: "value",
  },
  { key: "first", title: "First", cell: (series) => day(series.first_ts), end: true },
  {
    key: "last",
    title: "Last",
    cell: (series) => day(series.last_ts),
    end: true,
    compact: "detail",
  },
  finding("gaps", "Gaps"),
  finding("missing_bars", "Missing"),
  finding("longest_gap_bars", "Longest"),
  finding("duplicates", "Duplicates"),
  finding("unsorted", "Unsorted"),
  finding("impossible", "Impossible"),
  finding("zero_volume", "No volume"),
  finding("rejected", "Rejected"),
  {
    key: "age",
    title: "Age",
    cell: (series) => duration(series.freshness_s),
    by: (series) => series.freshness_s ?? 0,
    end: true,
  },
  {
    key: "bytes",
    title: "Size",
    cell: (series) => bytes(series.bytes),
    by: (series) => series.bytes,
    end: true,
  },
  {
    key: "act",
    title: "",
    cell: (series) => (
      <LinkButton
        variant="subtle"
        size="compact-xs"
        to="/backtests/new"
        search={{ series: `${series.instrument}|${series.timeframe}` }}
      >
        Backtest
      </LinkButton>
    ),
    end: true,
    compact: "value",
  },
];

function Finding({ value }: { value: number }) {
  if (!(value > 0)) return <span className="muted">0</span>;
  return <b style={{ color: "var(--accent)", fontWeight: 550 }}>{count(value)}</b>;
}

export default function CoveragePage() {
  const query = useQuery(coverageQuery);
  const [importing, setImporting] = useState(false);
  return (
    <Page
      title="Data"
      subtitle="Found faults are reported, never silently repaired."
      actions={<Button onClick={() => setImporting(true)}>Import candles</Button>}
    >
      <ImportForm opened={importing} onClose={() => setImporting(false)} />
      <div className={styles.stack}>
        <FeedHealth />
        <Panel flush>
          <Answer query={query}>
            {(series) =>
              series.length === 0 ? (
                <NoCandles onImport={() => setImporting(true)} />
              ) : (
                <Series series={series} />
              )
            }
          </Answer>
        </Panel>
        <FetchPanel />
        <ImportList />
      </div>
    </Page>
  );
}

function NoCandles({ onImport }: { onImport: () => void }) {
  return (
    <Empty title="No candles yet" action={<Button onClick={onImport}>Import candles</Button>}>
      Bring a CSV, Parquet or Feather file with time, open, high, low, close and volume.
    </Empty>
  );
}

function Series({ series }: { series: Coverage[] }) {
  const total = (of: (entry: Coverage) => number) =>
    series.reduce((sum, entry) => sum + of(entry), 0);
  return (
    <>
      <Stats>
        <Stat label="Series" value={count(series.length)} />
        <Stat label="Bars" value={count(total((entry) => entry.bars))} />
        <Stat label="Missing bars" value={count(total((entry) => entry.missing_bars))} />
        <Stat
          label="Kept aside"
          value={
            <Tooltip label="Rows that could not be bars, with their line numbers">
              <span>{count(total((entry) => entry.rejected))}</span>
            </Tooltip>
          }
        />
        <Stat label="On disk" value={bytes(total((entry) => entry.bytes))} />
      </Stats>
      <DataTable
        label="Coverage"
        columns={columns}
        rows={series}
        rowKey={(entry) => `${entry.instrument} ${entry.timeframe}`}
      />
    </>
  );
}
