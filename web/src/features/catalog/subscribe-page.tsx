// Start a session from anything one may trade: one's own strategies and published ones.
import { Select } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { executionOf } from "../../lib/definition";
import { catalogDetailQuery, catalogQuery } from "../../lib/resources/catalog";
import { strategiesQuery, strategyQuery } from "../../lib/resources/strategies";
import { Page, Panel } from "../../ui/page";
import { Answer } from "../../ui/states";
import { SubscribeForm } from "./subscribe-form";

export default function SubscribePage() {
  const navigate = useNavigate();
  const { strategy = "", published = "" } = useSearch({ strict: false });
  const own = useInfiniteQuery(strategiesQuery).data?.pages.flatMap((page) => page.items) ?? [];
  const catalog =
    useInfiniteQuery(catalogQuery({})).data?.pages.flatMap((page) => page.items) ?? [];
  const mine = new Set(own.map((entry) => entry.id));
  const groups = [
    {
      group: "My strategies",
      items: own.map((entry) => ({ value: `strategy:${entry.id}`, label: entry.name })),
    },
    {
      group: "Catalog",
      items: catalog
        .filter((item) => !mine.has(item.strategy_id))
        .map((item) => ({
          value: `published:${item.strategy_id}`,
          label: `${item.name} by ${item.author_name}`,
        })),
    },
  ].filter((group) => group.items.length > 0);
  const choose = (value: string | null) => {
    const [kind = "", id = ""] = (value ?? "").split(":");
    void navigate({ to: "/subscribe", search: { [kind]: id }, replace: true });
  };
  const chosen = strategy ? `strategy:${strategy}` : published ? `published:${published}` : null;
  return (
    <Page title="Start a session" subtitle="It trades on paper from the next closed candle.">
      <div style={{ maxWidth: 620, display: "grid", gap: 12 }}>
        <Panel>
          <Select
            label="Strategy"
            placeholder={
              groups.length > 0
                ? "Choose what to trade"
                : "There is none yet: write one or see the catalog"
            }
            searchable
            data={groups}
            value={chosen}
            onChange={choose}
          />
        </Panel>
        {strategy ? <OwnForm id={strategy} /> : null}
        {published ? <PublishedForm id={published} /> : null}
      </div>
    </Page>
  );
}

function OwnForm({ id }: { id: string }) {
  const query = useQuery(strategyQuery(id));
  return (
    <Panel title="Your risk">
      <Answer query={query}>
        {({ data: { version, id: strategyId } }) => (
          <SubscribeForm
            key={version.id}
            target={{ strategyId, versionId: version.id }}
            timeframe={executionOf(version.definition).timeframe}
            instruments={executionOf(version.definition).instruments}
            parameters={version.parameters}
          />
        )}
      </Answer>
    </Panel>
  );
}

function PublishedForm({ id }: { id: string }) {
  const query = useQuery(catalogDetailQuery(id));
  return (
    <Panel title="Your risk">
      <Answer query={query}>
        {(item) => (
          <SubscribeForm
            key={item.version_id}
            target={{ strategyId: item.strategy_id, versionId: item.version_id }}
            timeframe={item.timeframe}
            instruments={item.instruments}
            parameters={item.parameters}
          />
        )}
      </Answer>
    </Panel>
  );
}
