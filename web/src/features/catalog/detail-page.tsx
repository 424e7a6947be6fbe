// One published strategy: its record in backtest and live, its versions, and the form to follow it.
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { count, day, many, money, percent, ratio, signOf, signedMoney } from "../../lib/format";
import { type CatalogDetail, catalogDetailQuery } from "../../lib/resources/catalog";
import { useUser } from "../../lib/session";
import styles from "../../ui/fields.module.css";
import { LinkButton } from "../../ui/link-button";
import { LineChart } from "../../ui/line-chart";
import { Page, Panel, Stat, Stats } from "../../ui/page";
import { Answer, Empty } from "../../ui/states";
import { Tag } from "../../ui/value";
import { SubscribeForm } from "./subscribe-form";
import catalog from "./catalog.module.css";

export default function CatalogDetailPage() {
  const { strategyId = "" } = useParams({ strict: false });
  const query = useQuery(catalogDetailQuery(strategyId));
  const item = query.data;
  return (
    <Page title={item?.name ?? "Strategy"} subtitle={item ? lineOf(item) : null}>
      <Answer query={query}>{(known) => <Detail item={known} />}</Answer>
    </Page>
  );
}

function lineOf(item: CatalogDetail): string {
  const followers = many(item.subscriber_count, "follower");
  return `By ${item.author_name}, published ${day(item.published_at)}, ${followers}`;
}

function Detail({ item }: { item: CatalogDetail }) {
  const user = useUser();
  return (
    <div className={styles.main}>
      <div className={styles.stack}>
        <Panel title="What it does">
          <p style={{ margin: "0 0 10px" }}>
            {item.description || "Its author gives no description."}
          </p>
          <div className={catalog.tags}>
            <Tag>{item.kind}</Tag>
            <Tag>{item.timeframe}</Tag>
            {item.instruments.map((name) => (
              <Tag key={name}>{name}</Tag>
            ))}
            {item.tags.map((tag) => (
              <Tag key={tag}>{tag}</Tag>
            ))}
          </div>
        </Panel>
        <Panel title="In backtest" flush>
          <BacktestRecord item={item} />
        </Panel>
        <Panel title="Live, on the author's own paper book" flush>
          <LiveRecord item={item} />
        </Panel>
        <Panel title="Versions">
          <Versions item={item} />
        </Panel>
      </div>
      <Panel title="Follow with your own risk">
        {user ? (
          <SubscribeForm
            target={{ strategyId: item.strategy_id, versionId: item.version_id }}
            timeframe={item.timeframe}
            instruments={item.instruments}
            parameters={item.parameters}
          />
        ) : (
          <Empty
            title="Sign in to follow it"
            action={
              <LinkButton to="/sign-in" search={{ next: `/catalog/${item.strategy_id}` }}>
                Sign in
              </LinkButton>
            }
          >
            It trades on paper with your own capital, risk and limits.
          </Empty>
        )}
      </Panel>
    </div>
  );
}

function BacktestRecord({ item }: { item: CatalogDetail }) {
  if (!item.backtest) return <Empty title="No backtest is published with it" />;
  const { metrics, equity } = item.backtest;
  return (
    <>
      <Stats>
        <Stat label="Return" value={percent(metrics.return)} sign={signOf(metrics.return)} />
        <Stat label="Sharpe" value={ratio(metrics.sharpe)} />
        <Stat label="Max drawdown" value={percent(metrics.max_drawdown)} />
        <Stat label="Trades" value={count(metrics.trades)} />
      </Stats>
      {equity && equity.length > 1 ? <LineChart label="Backtest equity" points={equity} /> : null}
    </>
  );
}

function LiveRecord({ item }: { item: CatalogDetail }) {
  if (!item.live || !item.live.trades) {
    return (
      <Empty title="No closed live trades yet">
        Figures appear when the model book has traded.
      </Empty>
    );
  }
  return (
    <>
      <Stats>
        <Stat label="P&L" value={signedMoney(item.live.pnl)} sign={signOf(item.live.pnl)} />
        <Stat label="Trades" value={count(item.live.trades)} />
        <Stat label="Won" value={percent(item.live.win_rate, 0)} />
        <Stat label="Equity" value={money(item.live.equity?.at(-1)?.[1])} />
      </Stats>
      {item.live.equity && item.live.equity.length > 1 ? (
        <LineChart label="Live equity" points={item.live.equity} />
      ) : null}
    </>
  );
}

function Versions({ item }: { item: CatalogDetail }) {
  return (
    <ul style={{ margin: 0, paddingLeft: 18 }}>
      {item.versions.map((version) => (
        <li key={version.version_id}>
          Version {version.number}, {day(version.published_at)}{" "}
          <span className="mono muted">{version.hash.slice(0, 12)}</span> {version.note}
        </li>
      ))}
    </ul>
  );
}
