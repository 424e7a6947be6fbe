// A few published strategies with their true figures, for visitors.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { many, percent, ratio } from "../../lib/format";
import { catalogQuery } from "../../lib/resources/catalog";
import { Change } from "../../ui/value";
import styles from "./landing.module.css";

const shown = 4;

export function CatalogPeek() {
  const { data } = useInfiniteQuery(catalogQuery({}));
  const items = data?.pages[0]?.items.slice(0, shown) ?? [];
  if (items.length === 0) return null;
  return (
    <section className={styles.peek} aria-labelledby="followed">
      <h2 id="followed">Followed now</h2>
      <ul>
        {items.map((item) => (
          <li key={item.strategy_id}>
            <Link to="/catalog/$strategyId" params={{ strategyId: item.strategy_id }}>
              {item.name}
            </Link>
            <span className="muted">{item.author_name}</span>
            <span>{many(item.subscriber_count, "follower")}</span>
            <span>
              <Change value={item.stats?.return} digits={1} />
            </span>
            <span className="muted">
              Sharpe {ratio(item.stats?.sharpe)}, deepest fall{" "}
              {percent(item.stats?.max_drawdown, 1)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
