// What this page is built with and whose terms ask to be named.
import { Panel } from "../../ui/page";

export function Notices() {
  return (
    <Panel title="Notices">
      <p style={{ margin: 0 }}>
        Charts: TradingView Lightweight Charts™, Copyright © 2025{" "}
        <a href="https://www.tradingview.com/" rel="noreferrer" target="_blank">
          TradingView, Inc.
        </a>{" "}
        Apache License 2.0. Text: Inter by Rasmus Andersson, SIL Open Font License 1.1.{" "}
        <a href="/NOTICE.txt" target="_blank" rel="noreferrer">
          All notices
        </a>
      </p>
    </Panel>
  );
}
