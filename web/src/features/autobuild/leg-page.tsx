// One instrument of an AutoBuild: its gates, windows, stitched curve, surface, and luck's share.
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { count, day, percent, ratio, words } from "../../lib/format";
import { parametersText } from "../../lib/parameters";
import { autobuildQuery, type Detail, outcomeQuery } from "../../lib/resources/autobuilds";
import type { ChartPoint } from "../../lib/resources/runs";
import { type Column, DataTable } from "../../ui/data-table";
import fields from "../../ui/fields.module.css";
import { GateList } from "../../ui/gate-list";
import { LineChart } from "../../ui/line-chart";
import { LinkButton } from "../../ui/link-button";
import { Page, Panel, Stat, Stats } from "../../ui/page";
import { Answer, Empty } from "../../ui/states";
import { Change, State, Tag } from "../../ui/value";
import { MonteCarlo } from "./monte-carlo";
import { SurfaceMap } from "./surface-map";

export default function LegPage() {
  const { autobuildId = "", instrument = "" } = useParams({ strict: false });
  const query = useQuery(outcomeQuery(autobuildId, instrument));
  const build = useQuery(autobuildQuery(autobuildId)).data;
  const detail = query.data;
  return (
    <Page
      title={instrument}
      subtitle={
        detail ? (
          <>
            {words(detail.template)} on {detail.timeframe}, {parametersText(detail.parameters)}{" "}
            {detail.accepted ? <State state="Accepted" /> : <Tag>Turned away</Tag>}
          </>
        ) : null
      }
      actions={
        <LinkButton variant="default" to="/autobuilds/$autobuildId" params={{ autobuildId }}>
          {build ? `All of ${build.name}` : "The whole AutoBuild"}
        </LinkButton>
      }
    >
      <Answer query={query} rows={10}>
        {(found) => <Leg detail={found} />}
      </Answer>
    </Page>
  );
}

function Leg({ detail }: { detail: Detail }) {
  return (
    <div className={fields.stack}>
      <Stats>
        <Stat
          label="Sharpe out of sample"
          value={ratio(detail.sharpe_out)}
          hint={`in sample ${ratio(detail.sharpe_in)}`}
          sign={signOf(detail.sharpe_out)}
        />
        <Stat
          label="Return out of sample"
          value={percent(detail.return_out)}
          sign={signOf(detail.return_out)}
        />
        <Stat label="Max drawdown" value={percent(detail.max_drawdown)} />
        <Stat
          label="Deflated Sharpe"
          value={percent(detail.deflated_sharpe, 1)}
          hint={trialsHint(detail)}
        />
        <Stat label="PBO" value={percent(detail.pbo, 1)} />
        <Stat label="Trades" value={count(detail.trades)} />
        <Stat
          label="Holdout"
          value={detail.holdout ? percent(detail.holdout.total_return) : "–"}
          hint={holdoutHint(detail)}
          sign={signOf(detail.holdout?.total_return)}
        />
      </Stats>
      <Panel title="Equity of the tests, joined" flush>
        {detail.equity.length > 1 ? (
          <LineChart label="Stitched equity" points={detail.equity as ChartPoint[]} height={280} />
        ) : (
          <Empty title="No test came to a trade" />
        )}
      </Panel>
      <div className={fields.sides}>
        <Panel title="Gates">
          <GateList label="Gates" gates={detail.gates} />
        </Panel>
        <div className={fields.stack}>
          {detail.surface ? (
            <Panel title={`${words(detail.surface.metric)} around the chosen set`}>
              <SurfaceMap surface={detail.surface} chosen={detail.parameters} />
            </Panel>
          ) : null}
          {detail.monte_carlo ? (
            <Panel title="The same trades in another order">
              <MonteCarlo result={detail.monte_carlo} />
            </Panel>
          ) : null}
        </div>
      </div>
      <Panel title="Windows" flush>
        <DataTable
          label="Windows"
          columns={windowColumns}
          rows={detail.windows}
          rowKey={(window) => String(window.test_from)}
        />
      </Panel>
      <Panel
        title="Best sets in sample"
        flush
        actions={<span className="muted">{count(detail.sets_tested)} tried</span>}
      >
        <DataTable
          label="Best sets in sample"
          columns={setColumns}
          rows={detail.sets}
          rowKey={(set, index) => `${index} ${set.template}`}
          maxHeight={360}
        />
      </Panel>
    </div>
  );
}

const trialsHint = ({ effective, trials_before }: Detail) =>
  `${ratio(effective, 1)} different trials, ${ratio(trials_before, 0)} before`;

function holdoutHint({ holdout }: Detail): string {
  if (!holdout) return "none was set aside";
  if (holdout.total_return === null) return "left closed";
  return `since ${day(holdout.start_ms)}, ${count(holdout.trades)} trades`;
}

const signOf = (value: number | null | undefined): -1 | 0 | 1 => (!value ? 0 : value < 0 ? -1 : 1);

const windowColumns: Column<Detail["windows"][number]>[] = [
  {
    key: "test",
    title: "Tested on",
    cell: (window) => `${day(window.test_from)} to ${day(window.test_to)}`,
    compact: "title",
  },
  {
    key: "fit",
    title: "Fitted on",
    cell: (window) => `${day(window.fit_from)} to ${day(window.fit_to)}`,
    compact: "detail",
  },
  {
    key: "chosen",
    title: "Chosen",
    cell: (window) => `${words(window.template)}: ${parametersText(window.parameters)}`,
    wrap: true,
    compact: "detail",
  },
  {
    key: "fitSharpe",
    title: "Sharpe in fit",
    cell: (window) => ratio(window.fit_sharpe),
    end: true,
    compact: "detail",
  },
  {
    key: "testSharpe",
    title: "Sharpe in test",
    cell: (window) => ratio(window.test_sharpe),
    end: true,
    compact: "detail",
  },
  { key: "trades", title: "Trades", cell: (window) => count(window.trades), end: true },
  {
    key: "return",
    title: "Return in test",
    cell: (window) => <Change value={window.test_return} />,
    end: true,
    compact: "value",
  },
];

const setColumns: Column<Detail["sets"][number]>[] = [
  { key: "template", title: "Template", cell: (set) => words(set.template), compact: "title" },
  {
    key: "parameters",
    title: "Parameters",
    cell: (set) => parametersText(set.parameters),
    compact: "detail",
  },
  {
    key: "sharpe",
    title: "Sharpe",
    cell: (set) => ratio(set.sharpe),
    by: (set) => set.sharpe ?? -99,
    end: true,
    compact: "value",
  },
  {
    key: "return",
    title: "Return",
    cell: (set) => <Change value={set.total_return} />,
    by: (set) => set.total_return,
    end: true,
    compact: "detail",
  },
  {
    key: "drawdown",
    title: "Drawdown",
    cell: (set) => percent(set.max_drawdown),
    by: (set) => set.max_drawdown,
    end: true,
    compact: "detail",
  },
  {
    key: "trades",
    title: "Trades",
    cell: (set) => count(set.trades),
    by: (set) => set.trades,
    end: true,
  },
];
