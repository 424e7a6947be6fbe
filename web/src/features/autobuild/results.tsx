// What an AutoBuild found: the leaderboard, the portfolio, the evidence, what failed.
import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { count, percent, ratio } from "../../lib/format";
import type { AutoBuild, Findings } from "../../lib/resources/autobuilds";
import fields from "../../ui/fields.module.css";
import { Panel, Stat, Stats } from "../../ui/page";
import { Stages } from "./build-progress";
import { EventLog } from "./event-log";
import { Evidence } from "./evidence";
import { Failures } from "./failures";
import { Leaderboard } from "./leaderboard";
import { PortfolioTab } from "./portfolio-tab";
import type { Steps } from "./steps-seen";

interface ResultsProps {
  build: AutoBuild;
  findings: Findings;
  steps: Steps;
}

export function Results({ build, findings, steps }: ResultsProps) {
  const navigate = useNavigate();
  const { tab = "board" } = useSearch({ strict: false });
  const failed = findings.failures.reduce((sum, group) => sum + group.count, 0);
  const tried = findings.accepted.length + findings.rejected.length;
  const metrics = findings.portfolio.metrics;
  return (
    <div className={fields.stack}>
      <Stats>
        <Stat
          label="Accepted"
          value={`${count(findings.accepted.length)} of ${count(tried)}`}
          hint={failed > 0 ? `${count(failed)} could not be tried` : "every instrument was tried"}
        />
        <Stat label="Sets tried" value={count(build.sets_tested)} />
        <Stat
          label="Trials behind it"
          value={count(findings.evidence.trials)}
          hint={`${ratio(findings.evidence.effective_trials, 1)} different`}
        />
        <Stat label="Legs" value={count(findings.portfolio.legs.length)} />
        <Stat
          label="Portfolio Sharpe"
          value={ratio(metrics.sharpe)}
          hint="tests joined"
          sign={signOf(metrics.sharpe)}
        />
        <Stat label="Portfolio drawdown" value={percent(metrics.max_drawdown)} />
      </Stats>
      <Tabs
        value={tab}
        onChange={(value) =>
          void navigate({
            to: "/autobuilds/$autobuildId",
            params: { autobuildId: build.id },
            search: { tab: value ?? "board" },
            replace: true,
          })
        }
      >
        <Tabs.List mb="sm">
          <Tabs.Tab value="board">Leaderboard</Tabs.Tab>
          <Tabs.Tab value="portfolio">Portfolio</Tabs.Tab>
          <Tabs.Tab value="evidence">Evidence</Tabs.Tab>
          <Tabs.Tab value="failures">Failures {failed > 0 ? `(${count(failed)})` : ""}</Tabs.Tab>
          <Tabs.Tab value="log">Log</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="board">
          <Leaderboard build={build} findings={findings} />
        </Tabs.Panel>
        <Tabs.Panel value="portfolio">
          <PortfolioTab portfolio={findings.portfolio} />
        </Tabs.Panel>
        <Tabs.Panel value="evidence">
          <Evidence build={build} findings={findings} />
        </Tabs.Panel>
        <Tabs.Panel value="failures">
          <Failures groups={findings.failures} />
        </Tabs.Panel>
        <Tabs.Panel value="log">
          <div className={fields.stack}>
            <Panel flush>
              <Stages build={build} steps={steps} />
            </Panel>
            <Panel title="Log" flush>
              <EventLog steps={steps} />
            </Panel>
          </div>
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

const signOf = (value: number | null | undefined): -1 | 0 | 1 => (!value ? 0 : value < 0 ? -1 : 1);
