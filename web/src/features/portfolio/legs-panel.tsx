// The legs of a portfolio and their weights, which one may set by hand.
import { Button, Group, NumberInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { percent, words } from "../../lib/format";
import { parametersText } from "../../lib/parameters";
import { queryClient } from "../../lib/queries";
import { changePortfolio, type Portfolio, type PortfolioLeg } from "../../lib/resources/portfolios";
import { type Column, DataTable } from "../../ui/data-table";
import { Panel } from "../../ui/page";
import { Fault } from "../../ui/states";
import { type Caps, CapFields } from "./cap-fields";
import { editOf, weightFault } from "./weights";

interface LegsPanelProps {
  portfolio: Portfolio;
  etag: string | null;
  reload: () => void;
}

export function LegsPanel({ portfolio, etag, reload }: LegsPanelProps) {
  const [weights, setWeights] = useState<(number | string)[] | null>(null);
  const [caps, setCaps] = useState<Caps>(portfolio.caps);
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["portfolios"] });
  const save = useMutation({
    mutationFn: () => changePortfolio(portfolio.id, editOf(portfolio, weights, caps), etag),
    onSuccess: () => {
      setWeights(null);
      void refresh();
    },
  });
  const fault = weights ? weightFault(weights) : null;
  const shown: Column<PortfolioLeg>[] = columns.map((column) =>
    column.key !== "weight" || !weights
      ? column
      : {
          ...column,
          by: undefined,
          cell: (leg) => {
            const at = portfolio.legs.indexOf(leg);
            return (
              <NumberInput
                size="xs"
                w={86}
                aria-label={`Weight of ${leg.instrument}`}
                value={weights[at] ?? ""}
                step={0.05}
                min={0}
                max={1}
                clampBehavior="none"
                onChange={(value) =>
                  setWeights(weights.map((old, place) => (place === at ? value : old)))
                }
              />
            );
          },
        },
  );
  const edit = () => setWeights(portfolio.legs.map((leg) => Number(leg.weight.toFixed(4))));
  return (
    <Panel
      title={
        portfolio.method === "manual"
          ? "Legs, weighted by hand"
          : `Legs, weighted by ${words(portfolio.method)}`
      }
      flush
      actions={
        weights ? null : (
          <Button variant="default" onClick={edit}>
            Change weights and caps
          </Button>
        )
      }
    >
      <DataTable
        label="Legs"
        columns={shown}
        rows={portfolio.legs}
        rowKey={(leg, index) => `${index} ${leg.instrument}`}
      />
      {weights ? (
        <form
          style={{ padding: 12, display: "grid", gap: 12, borderTop: "1px solid var(--line)" }}
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
          }}
        >
          <CapFields caps={caps} onChange={setCaps} />
          {fault ? (
            <span role="alert" style={{ color: "var(--accent)" }}>
              {fault}
            </span>
          ) : null}
          <Fault error={save.error} reload={reload} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setWeights(null)}>
              Leave as it is
            </Button>
            <Button type="submit" disabled={fault !== null} loading={save.isPending}>
              Save
            </Button>
          </Group>
        </form>
      ) : null}
    </Panel>
  );
}

const columns: Column<PortfolioLeg>[] = [
  {
    key: "instrument",
    title: "Instrument",
    cell: (leg) => (
      <>
        <b style={{ fontWeight: 550 }}>{leg.instrument}</b> {leg.timeframe}
      </>
    ),
    by: (leg) => leg.instrument,
    compact: "title",
  },
  {
    key: "strategy",
    title: "Strategy",
    cell: (leg) => (
      <Link to="/strategies/$strategyId" params={{ strategyId: leg.strategy_id }}>
        {leg.strategy_name} v{leg.version}
      </Link>
    ),
    compact: "detail",
  },
  {
    key: "parameters",
    title: "Parameters",
    cell: (leg) => parametersText(leg.parameters),
    wrap: true,
    compact: "detail",
  },
  {
    key: "weight",
    title: "Weight",
    cell: (leg) => <b>{percent(leg.weight, 1)}</b>,
    by: (leg) => leg.weight,
    end: true,
    compact: "value",
  },
];
