// Past candles from providers: what can be asked, ask, and how each fetch went.
import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { count, dateTime, day, words } from "../../lib/format";
import { type Fetch, fetchesQuery, fetchFailures, providersQuery } from "../../lib/resources/data";
import type { Column } from "../../ui/data-table";
import { Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { Empty } from "../../ui/states";
import { State } from "../../ui/value";
import styles from "./data.module.css";
import { FetchForm } from "./fetch-form";

const columns: Column<Fetch>[] = [
  {
    key: "series",
    title: "Series",
    cell: (fetch) => (
      <>
        <b style={{ fontWeight: 550 }}>{fetch.instrument}</b> {fetch.timeframe}
      </>
    ),
    compact: "title",
  },
  { key: "provider", title: "From", cell: (fetch) => fetch.provider, compact: "detail" },
  {
    key: "range",
    title: "Range",
    cell: (fetch) => `${day(fetch.from)} to ${day(fetch.to)}`,
    compact: "detail",
  },
  {
    key: "status",
    title: "Status",
    cell: (fetch) => <State state={fetch.status} why={fetch.error} />,
    compact: "value",
  },
  {
    key: "added",
    title: "Added",
    cell: (fetch) => count(fetch.added),
    end: true,
    compact: "detail",
  },
  {
    key: "left",
    title: "Still missing",
    cell: (fetch) => count(fetch.left),
    end: true,
    compact: "detail",
    silent: (fetch) => !fetch.left,
  },
  {
    key: "rejected",
    title: "Kept aside",
    cell: (fetch) => count(fetch.rejected),
    end: true,
    compact: "detail",
    silent: (fetch) => !fetch.rejected,
  },
  {
    key: "why",
    title: "What went wrong",
    cell: (fetch) => <Why fetch={fetch} />,
    wrap: true,
    compact: "detail",
    silent: (fetch) => !fetch.error && fetchFailures(fetch).length === 0,
  },
  { key: "when", title: "Asked, UTC", cell: (fetch) => dateTime(fetch.created_at), end: true },
];

function Why({ fetch }: { fetch: Fetch }) {
  const failures = fetchFailures(fetch);
  if (failures.length === 0) return <>{fetch.error ?? <span className="muted">–</span>}</>;
  return (
    <>
      {failures.map((failure) => (
        <div key={failure.kind}>
          <b style={{ fontWeight: 550 }}>{words(failure.kind)}</b>: {failure.message}{" "}
          <span className="muted">{failure.action}</span>
        </div>
      ))}
    </>
  );
}

export function FetchPanel() {
  const [asking, setAsking] = useState(false);
  const providers = useQuery(providersQuery).data ?? [];
  const usable = providers.filter((provider) => provider.available);
  return (
    <Panel
      title="Fetched from providers"
      flush
      actions={
        <Button variant="default" onClick={() => setAsking(true)}>
          Fetch candles
        </Button>
      }
    >
      <p className={styles.providers}>
        {usable.map((provider) => provider.title).join(", ") || "No provider can be used"}
        {providers.some((provider) => !provider.available) ? (
          <span className="muted">
            {" "}
            Not set up:{" "}
            {providers
              .filter((provider) => !provider.available)
              .map((provider) => `${provider.title} (${provider.reason})`)
              .join(", ")}
          </span>
        ) : null}
      </p>
      <PagedTable
        label="Fetches"
        query={fetchesQuery}
        columns={columns}
        rowKey={(fetch) => fetch.id}
        empty={
          <Empty title="Nothing was fetched yet">
            A fetch brings only bars that are missing, and says what it could not bring.
          </Empty>
        }
      />
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={<strong>Fetch candles</strong>}
        size="lg"
      >
        <FetchForm providers={providers} onDone={() => setAsking(false)} />
      </Modal>
    </Panel>
  );
}
