// Whether a version looks ahead: the newest proof, its leaks, and asking for another.
import { Button, Select } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { count, dateTime, day, words } from "../../lib/format";
import { queryClient } from "../../lib/queries";
import { coverageQuery } from "../../lib/resources/data";
import { askProof, type Proof, proofQuery } from "../../lib/resources/proofs";
import { type Column, DataTable } from "../../ui/data-table";
import fields from "../../ui/fields.module.css";
import { Icon } from "../../ui/icon";
import { Panel, Stat, Stats } from "../../ui/page";
import { Answer, Empty, Fault } from "../../ui/states";
import { State } from "../../ui/value";

interface ProofPanelProps {
  versionId: string;
  number: number;
  timeframe: string;
}

export function ProofPanel({ versionId, number, timeframe }: ProofPanelProps) {
  const query = useQuery(proofQuery(versionId));
  return (
    <Panel
      title={`Does version ${number} look ahead?`}
      flush
      actions={<AskProof versionId={versionId} timeframe={timeframe} />}
    >
      <Answer query={query} rows={4}>
        {({ proof, run }) => (
          <>
            {run && (run.status === "queued" || run.status === "running") ? (
              <p role="status" style={{ margin: 0, padding: 12 }}>
                <State state={run.status} /> A proof on {run.instrument} {run.timeframe} is being
                made.
              </p>
            ) : null}
            {run?.status === "failed" ? (
              <p style={{ margin: 0, padding: 12 }}>
                <State state="failed" /> {run.error}
              </p>
            ) : null}
            {proof ? (
              <Findings proof={proof} />
            ) : (
              <Empty title="Not proven yet">
                A proof changes the future bar by bar and looks whether any decision before it
                changes. No promotion goes without one.
              </Empty>
            )}
          </>
        )}
      </Answer>
    </Panel>
  );
}

function AskProof({ versionId, timeframe }: { versionId: string; timeframe: string }) {
  const coverage = useQuery(coverageQuery).data ?? [];
  const choices = coverage.map((series) => `${series.instrument} ${series.timeframe}`);
  const [chosen, setChosen] = useState("");
  const series =
    chosen || choices.find((choice) => choice.endsWith(` ${timeframe}`)) || choices[0] || "";
  const ask = useMutation({
    mutationFn: () => {
      const [instrument = "", frame = ""] = series.split(" ");
      return askProof(versionId, instrument, frame);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["proofs", versionId] }),
  });
  return (
    <div className={fields.foot}>
      <Fault error={ask.error} />
      <Select
        size="xs"
        aria-label="Candles of the proof"
        placeholder="Candles"
        searchable
        data={[...new Set(choices)]}
        value={series || null}
        onChange={(value) => setChosen(value ?? "")}
      />
      <Button disabled={!series} loading={ask.isPending} onClick={() => ask.mutate()}>
        Prove
      </Button>
    </div>
  );
}

type Leak = Proof["leaks"][number];

const columns: Column<Leak>[] = [
  { key: "kind", title: "Found by", cell: (leak) => words(leak.kind), compact: "title" },
  { key: "column", title: "Decision", cell: (leak) => leak.column, compact: "detail" },
  {
    key: "bar",
    title: "At the bar, UTC",
    cell: (leak) => dateTime(leak.bar_ts),
    compact: "detail",
  },
  {
    key: "cut",
    title: "Changed after, UTC",
    cell: (leak) => dateTime(leak.cut_ts),
    compact: "detail",
  },
  { key: "before", title: "Was", cell: (leak) => <span className="mono">{leak.before}</span> },
  { key: "after", title: "Became", cell: (leak) => <span className="mono">{leak.after}</span> },
  { key: "text", title: "What it means", cell: (leak) => leak.text, wrap: true, compact: "detail" },
];

function Findings({ proof }: { proof: Proof }) {
  return (
    <>
      <div style={{ display: "flex", gap: 8, padding: 12, alignItems: "baseline" }}>
        <span className={proof.passed ? "up" : "down"}>
          <Icon name={proof.passed ? "check" : "close"} size={16} />
        </span>
        <span>
          <b>{proof.passed ? "It does not look ahead." : "It looks ahead."}</b> {proof.text}
        </span>
      </div>
      <Stats>
        <Stat label="Series" value={`${proof.instrument} ${proof.timeframe}`} />
        <Stat
          label="Bars"
          value={count(proof.bars)}
          hint={`${day(proof.first_ts)} to ${day(proof.last_ts)}`}
        />
        <Stat label="Decisions" value={count(proof.decisions)} />
        <Stat
          label="Futures changed"
          value={count(proof.cuts)}
          hint={`${count(proof.runs)} evaluations`}
        />
        <Stat
          label="Warm-up needed"
          value={proof.warm_up_needed === null ? "–" : `${count(proof.warm_up_needed)} bars`}
          hint={
            proof.warm_up_declared === null
              ? undefined
              : `declared ${count(proof.warm_up_declared)}`
          }
        />
        <Stat label="Made, UTC" value={day(proof.created_at)} hint={`seed ${proof.seed}`} />
      </Stats>
      {proof.leaks.length > 0 ? (
        <DataTable
          label="Leaks"
          columns={columns}
          rows={proof.leaks}
          rowKey={(leak, index) => `${index} ${leak.kind}`}
          maxHeight={proof.leaks.length > 20 ? 420 : undefined}
        />
      ) : null}
      {proof.notes.map((note) => (
        <p key={note} className="muted" style={{ margin: 0, padding: "6px 12px" }}>
          {note}
        </p>
      ))}
    </>
  );
}
