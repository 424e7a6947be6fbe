// Whether the live feed closes candles as it should.
import { useQuery } from "@tanstack/react-query";
import { dateTime } from "../../lib/format";
import { dashboardQuery } from "../../lib/resources/dashboard";
import { Icon } from "../../ui/icon";
import styles from "./data.module.css";

export function FeedHealth() {
  const { data } = useQuery(dashboardQuery);
  if (!data) return null;
  const { fresh, last_bar_at: lastBar } = data.feed;
  return (
    <div className={fresh ? styles.feed : styles.stale}>
      <Icon name={fresh ? "check" : "warning"} />
      <span>
        {fresh
          ? "The live feed closes candles on time."
          : "The live feed is behind: sessions wait for the next candle."}
        <span className="muted">
          {" "}
          {lastBar ? `Last bar closed at ${dateTime(lastBar)} UTC.` : "No bar has closed yet."}
        </span>
      </span>
    </div>
  );
}
