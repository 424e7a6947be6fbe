// What a visitor sees first: what the product does, in the order it does it.
import { LinkButton } from "../../ui/link-button";
import { useEffect } from "react";
import { useUser } from "../../lib/session";
import { CatalogPeek } from "./catalog-peek";
import styles from "./landing.module.css";

const steps = [
  ["close", "The candle closes", "Once, for everybody, from one feed."],
  ["evaluate", "The strategy runs once", "One evaluation, however many follow it."],
  ["size", "Your risk decides", "Capital, stop distance, limits and vetoes are yours."],
  ["order", "The order is durable first", "Written down before it is sent, never sent twice."],
  ["why", "Every decision is explained", "Signal, filters, veto, fill and cost, per candle."],
] as const;

const promises = [
  ["One path", "What decided in research decides in production: the same kernel, bit for bit."],
  [
    "One evaluation, many followers",
    "A signal becomes each subscriber's own order, sized by each subscriber's own risk.",
  ],
  [
    "Nothing lost, nothing doubled",
    "No order is lost or sent twice through a crash, and nobody else sees your data.",
  ],
] as const;

export default function LandingPage() {
  const user = useUser();
  useEffect(() => {
    document.title = "Fairlead · strategies that run true";
  }, []);
  return (
    <>
      <div className={styles.hero}>
        <div>
          <h1>From an idea to orders, on one path.</h1>
          <p>
            Write a strategy as rules, test it on real candles, see whether the evidence holds, and
            trade it on paper with the very code that made the report. Follow others with a risk
            profile of your own.
          </p>
          <div className={styles.acts}>
            <LinkButton size="md" to={user ? "/dashboard" : "/sign-up"}>
              {user ? "Open the dashboard" : "Start on paper"}
            </LinkButton>
            <LinkButton size="md" variant="default" to="/catalog">
              See the catalog
            </LinkButton>
          </div>
        </div>
        <div className={styles.path}>
          <ol>
            {steps.map(([mark, title, text]) => (
              <li key={mark}>
                <b>{mark}</b>
                <div>
                  <strong>{title}</strong>
                  <span>{text}</span>
                </div>
              </li>
            ))}
          </ol>
        </div>
      </div>
      <div className={styles.promises}>
        <div>
          {promises.map(([title, text]) => (
            <section key={title}>
              <h2>{title}</h2>
              <p>{text}</p>
            </section>
          ))}
        </div>
      </div>
      <CatalogPeek />
      <div className={styles.closing}>
        <code>
          fairlead data import candles.csv --instrument binance:BTC-USDT --timeframe 1h{"\n"}
          fairlead backtest sma_crossover --instrument binance:BTC-USDT --timeframe 1h
        </code>
        <span className="muted">The same research runs from a terminal, without any server.</span>
      </div>
    </>
  );
}
