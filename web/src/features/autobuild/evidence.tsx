// How often each gate was passed, and the gates of every outcome.
import { Select } from "@mantine/core";
import { useState } from "react";
import { count, percent, ratio } from "../../lib/format";
import { gateValue } from "../../lib/gates";
import type { AutoBuild, Findings } from "../../lib/resources/autobuilds";
import { type Column, DataTable } from "../../ui/data-table";
import fields from "../../ui/fields.module.css";
import { GateList } from "../../ui/gate-list";
import { LinkButton } from "../../ui/link-button";
import { Panel, Stat, Stats } from "../../ui/page";
import { Empty } from "../../ui/states";
import { gateTotals, type GateTotal } from "./gate-totals";

const columns: Column<GateTotal>[] = [
  { key: "label", title: "Gate", cell: (gate) => gate.label, compact: "title" },
  {
    key: "asked",
    title: "Asked",
    cell: (gate) => (gate.total === 0 ? "–" : gateValue(gate.name, gate.threshold)),
    end: true,
    compact: "detail",
  },
  {
    key: "median",
    title: "Median",
    cell: (gate) => gateValue(gate.name, gate.median),
    end: true,
    compact: "detail",
  },
  {
    key: "passed",
    title: "Passed",
    cell: (gate) =>
      gate.total === 0 ? (
        <span className="muted">not asked</span>
      ) : (
        `${count(gate.passed)} of ${count(gate.total)}`
      ),
    by: (gate) => gate.passed,
    end: true,
    compact: "value",
  },
];

export function Evidence({ build, findings }: { build: AutoBuild; findings: Findings }) {
  const outcomes = [...findings.accepted, ...findings.rejected];
  const [chosen, setChosen] = useState(outcomes[0]?.instrument ?? "");
  const outcome = outcomes.find((each) => each.instrument === chosen);
  const { evidence } = findings;
  if (!outcome) {
    return (
      <Panel>
        <Empty title="No outcome to judge" />
      </Panel>
    );
  }
  return (
    <div className={fields.stack}>
      <Stats>
        <Stat
          label="Trials in the ledger"
          value={count(evidence.trials)}
          hint="every set ever tried here"
        />
        <Stat
          label="Different trials"
          value={ratio(evidence.effective_trials, 1)}
          hint="clustered by correlation"
        />
        <Stat
          label="Best deflated Sharpe"
          value={percent(highest(outcomes.map((each) => each.deflated_sharpe)), 1)}
          hint="chance that it is no luck"
        />
        <Stat
          label="Lowest PBO"
          value={percent(lowest(outcomes.map((each) => each.pbo)), 1)}
          hint="odds of overfitting"
        />
      </Stats>
      <Panel title="Gates over all outcomes" flush>
        <DataTable
          label="Gates over all outcomes"
          columns={columns}
          rows={gateTotals(outcomes)}
          rowKey={(gate) => gate.name}
        />
      </Panel>
      <Panel
        title="Gates of one outcome"
        actions={
          <>
            <Select
              size="xs"
              aria-label="Outcome"
              searchable
              w={210}
              data={outcomes.map((each) => ({
                value: each.instrument,
                label: `${each.instrument}${each.accepted ? ", accepted" : ""}`,
              }))}
              value={chosen}
              onChange={(value) => setChosen(value ?? chosen)}
            />
            <LinkButton
              variant="subtle"
              to="/autobuilds/$autobuildId/$instrument"
              params={{ autobuildId: build.id, instrument: outcome.instrument }}
            >
              Open
            </LinkButton>
          </>
        }
      >
        <GateList label={`Gates of ${outcome.instrument}`} gates={outcome.gates} />
      </Panel>
    </div>
  );
}

type Figures = (number | null)[];
const known = (values: Figures) => values.filter((value): value is number => value !== null);
const highest = (values: Figures) => (known(values).length ? Math.max(...known(values)) : null);
const lowest = (values: Figures) => (known(values).length ? Math.min(...known(values)) : null);
