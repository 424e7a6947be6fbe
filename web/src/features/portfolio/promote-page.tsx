// Promote one version on one series: the same gates as for a portfolio.
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { coverageQuery } from "../../lib/resources/data";
import { LinkButton } from "../../ui/link-button";
import { Page, Panel } from "../../ui/page";
import { Empty } from "../../ui/states";
import { PromotionPanel } from "./promotion-panel";

export default function PromotePage() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false });
  const { version, run, name = "this version", series, timeframe: meant } = search;
  const coverage = useQuery(coverageQuery).data ?? [];
  const choices = coverage.map((entry) => `${entry.instrument}|${entry.timeframe}`);
  const usual = choices.find((choice) => choice.endsWith(`|${meant}`)) ?? choices[0];
  const chosen = series ?? (run ? undefined : usual);
  const [instrument, timeframe] = chosen?.split("|") ?? [];
  const subject = run
    ? { version_id: version, run_id: run }
    : { version_id: version, instrument, timeframe };
  return (
    <Page
      title={`Promote ${name}`}
      subtitle="From evidence to a session: what the gates ask, and what they found."
    >
      {version && (run || chosen) ? (
        <>
          {run ? null : (
            <Select
              mb="sm"
              maw={320}
              label="Candles"
              searchable
              data={choices.map((value) => ({ value, label: value.replace("|", " ") }))}
              value={chosen ?? null}
              onChange={(value) =>
                void navigate({
                  to: "/promote",
                  search: { version, name, series: value ?? "" },
                  replace: true,
                })
              }
            />
          )}
          <PromotionPanel key={chosen} subject={subject} />
        </>
      ) : (
        <Panel>
          <Empty
            title="Nothing to promote"
            action={<LinkButton to="/strategies">Choose a strategy</LinkButton>}
          />
        </Panel>
      )}
    </Page>
  );
}
