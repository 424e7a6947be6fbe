// Whether the live feeds close candles as they should, and what they missed lately.
import { useQuery } from "@tanstack/react-query";
import { dateTime, words } from "../../lib/format";
import { type Feed, feedsQuery } from "../../lib/resources/data";
import { Icon } from "../../ui/icon";
import styles from "./data.module.css";

export function FeedHealth() {
  const { data } = useQuery(feedsQuery);
  if (!data) return null;
  if (data.items.length === 0) {
    return (
      <div className={styles.stale}>
        <Icon name="warning" />
        <span>No live feed is set up, so no new candle closes. The operator adds one.</span>
      </div>
    );
  }
  const latest = data.gaps[0];
  return (
    <>
      {data.items.map((feed) => (
        <FeedLine key={feed.name} feed={feed} />
      ))}
      {latest ? (
        <span className="muted">
          Last gap: {latest.instrument} {latest.timeframe}, {dateTime(latest.from_ts)} to{" "}
          {dateTime(latest.to_ts)}, {words(latest.reason).toLowerCase()}
          {data.gaps.length > 1 ? `; ${data.gaps.length} in all` : ""}
        </span>
      ) : null}
    </>
  );
}

function FeedLine({ feed }: { feed: Feed }) {
  const bar = feed.last_bar_at
    ? `last bar closed at ${dateTime(feed.last_bar_at)} UTC`
    : "no bar yet";
  return (
    <div className={feed.fresh || !feed.enabled ? styles.feed : styles.stale}>
      <Icon name={feed.fresh ? "check" : "warning"} />
      <span>
        <b>{feed.name}</b> {words(feed.status).toLowerCase()}
        <span className="muted">
          , {bar}
          {feed.detail ? `, ${feed.detail}` : ""}
          {feed.late_ticks > 0 ? `, ${feed.late_ticks} late ticks` : ""}
        </span>
      </span>
    </div>
  );
}
