// Backtests of a portfolio on one shared account: ask for one, and those there were.
import { Button, Checkbox, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { dateTime, percent } from "../../lib/format";
import { showMetric } from "../../lib/metrics";
import { queryClient } from "../../lib/queries";
import { portfolioRunsQuery, type Run, submitPortfolioBacktest } from "../../lib/resources/runs";
import type { Column } from "../../ui/data-table";
import styles from "../../ui/fields.module.css";
import { Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { RowLink } from "../../ui/row-link";
import { Empty, Fault } from "../../ui/states";
import { Change, State } from "../../ui/value";

const midnight = (day: string) => (day === "" ? null : `${day}T00:00:00Z`);

export function BacktestPanel({ portfolioId }: { portfolioId: string }) {
  const navigate = useNavigate();
  const open = (runId: string) =>
    void navigate({ to: "/portfolio-backtests/$runId", params: { runId } });
  return (
    <div className={styles.stack}>
      <Panel title="Test it on one account">
        <BacktestForm portfolioId={portfolioId} onAsked={open} />
      </Panel>
      <Panel title="Its backtests" flush>
        <PagedTable
          label="Backtests of the portfolio"
          query={portfolioRunsQuery(portfolioId)}
          columns={columns}
          rowKey={(run) => run.id}
          onRow={(run) => open(run.id)}
          empty={
            <Empty title="Never tested as a whole">
              Legs that look good alone may fall together. The test trades all of them from one
              account.
            </Empty>
          }
        />
      </Panel>
    </div>
  );
}

interface BacktestFormProps {
  portfolioId: string;
  onAsked: (runId: string) => void;
}

function BacktestForm({ portfolioId, onAsked }: BacktestFormProps) {
  const form = useForm({
    initialValues: {
      from: "",
      to: "",
      cash: "10000",
      feePercent: "0.1",
      slippage: "5",
      spread: "0",
      costs: "",
      funding: false,
    },
    validate: {
      to: (to, { from }) => (from && to && to <= from ? "Must be after From" : null),
      cash: (text) => (Number(text) > 0 ? null : "Expected a positive amount"),
      feePercent: (text) => (Number(text) >= 0 && text.trim() ? null : "Expected 0 or more"),
      slippage: (text) => (Number(text) >= 0 && text.trim() ? null : "Expected 0 or more"),
      spread: (text) => (Number(text) >= 0 && text.trim() ? null : "Expected 0 or more"),
    },
  });
  const ask = useMutation({
    mutationFn: (values: typeof form.values) =>
      submitPortfolioBacktest(portfolioId, {
        from: midnight(values.from),
        to: midnight(values.to),
        cash: values.cash,
        fee: Number((Number(values.feePercent) / 100).toPrecision(12)),
        slippage_bps: values.slippage,
        sizing: { mode: "definition", size: "0" },
        long_only: false,
        spread_bps: values.spread,
        costs: values.costs.trim() || null,
        funding: values.funding,
      }),
    onSuccess: (run) => {
      void queryClient.invalidateQueries({ queryKey: ["runs", "portfolio"] });
      onAsked(run.id);
    },
  });
  return (
    <form className={styles.form} onSubmit={form.onSubmit((values) => ask.mutate(values))}>
      <div className={styles.grid}>
        <TextInput
          type="date"
          label="From"
          description="Empty: the first bar"
          {...form.getInputProps("from")}
        />
        <TextInput
          type="date"
          label="To, before"
          description="Empty: the last bar"
          {...form.getInputProps("to")}
        />
        <TextInput label="Starting cash" inputMode="decimal" {...form.getInputProps("cash")} />
        <TextInput label="Fee, %" inputMode="decimal" {...form.getInputProps("feePercent")} />
        <TextInput label="Slippage, bps" inputMode="decimal" {...form.getInputProps("slippage")} />
        <TextInput label="Spread, bps" inputMode="decimal" {...form.getInputProps("spread")} />
        <TextInput
          label="Cost model"
          placeholder="the fee alone"
          {...form.getInputProps("costs")}
        />
        <Checkbox
          mt={24}
          label="Charge funding"
          {...form.getInputProps("funding", { type: "checkbox" })}
        />
      </div>
      <Fault error={ask.error} />
      <div className={styles.foot}>
        <Button type="submit" loading={ask.isPending}>
          Run backtest
        </Button>
      </div>
    </form>
  );
}

const columns: Column<Run>[] = [
  {
    key: "when",
    title: "Asked, UTC",
    cell: (run) => (
      <RowLink to="/portfolio-backtests/$runId" params={{ runId: run.id }}>
        {dateTime(run.created_at)}
      </RowLink>
    ),
    compact: "title",
  },
  { key: "status", title: "Status", cell: (run) => <State state={run.status} />, compact: "value" },
  {
    key: "return",
    title: "Return",
    cell: (run) => <Change value={run.summary?.return} />,
    end: true,
    compact: "detail",
  },
  {
    key: "sharpe",
    title: "Sharpe",
    cell: (run) => showMetric("sharpe", run.summary?.sharpe),
    end: true,
    compact: "detail",
  },
  {
    key: "fall",
    title: "Max drawdown",
    cell: (run) => percent(run.summary?.max_drawdown),
    end: true,
    compact: "detail",
  },
  {
    key: "trades",
    title: "Trades",
    cell: (run) => showMetric("trades", run.summary?.trades),
    end: true,
  },
];
