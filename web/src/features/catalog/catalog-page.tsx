// Published strategies, to search and to follow; readable without an account.
import { Button, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { count, percent, ratio } from "../../lib/format";
import { type CatalogItem, catalogQuery } from "../../lib/resources/catalog";
import { Icon } from "../../ui/icon";
import { Page } from "../../ui/page";
import { Answer, Empty } from "../../ui/states";
import { Change, Tag } from "../../ui/value";
import styles from "./catalog.module.css";

const sorts = [
  { value: "subscribers", label: "Most followed" },
  { value: "newest", label: "Newest" },
  { value: "name", label: "Name" },
];

export default function CatalogPage() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false });
  const filter = { search: search.search, tag: search.tag, sort: search.sort ?? "subscribers" };
  const narrow = (change: Record<string, string>) =>
    void navigate({
      to: "/catalog",
      search: { ...search, ...change } as Record<string, string>,
      replace: true,
    });
  const type = useDebouncedCallback((text: string) => narrow({ search: text }), 250);
  const query = useInfiniteQuery(catalogQuery(filter));
  return (
    <Page
      title="Catalog"
      subtitle="Strategies their authors publish. Past results, simulated or live, promise nothing."
    >
      <div className={styles.tools}>
        <TextInput
          aria-label="Search strategies"
          placeholder="Search by name, author or text"
          leftSection={<Icon name="search" size={14} />}
          defaultValue={filter.search}
          onChange={(event) => type(event.currentTarget.value)}
        />
        <Select
          aria-label="Sort by"
          data={sorts}
          value={filter.sort}
          onChange={(sort) => narrow({ sort: sort ?? "" })}
        />
        {filter.tag ? (
          <Button
            variant="default"
            onClick={() => narrow({ tag: "" })}
            rightSection={<Icon name="close" size={12} />}
          >
            Tag: {filter.tag}
          </Button>
        ) : null}
      </div>
      <Answer query={query}>
        {(data) => {
          const items = data.pages.flatMap((page) => page.items);
          if (items.length === 0)
            return <NothingFound filtered={Boolean(filter.search || filter.tag)} />;
          return (
            <>
              <ul className={styles.cards}>
                {items.map((item) => (
                  <Card key={item.strategy_id} item={item} onTag={(tag) => narrow({ tag })} />
                ))}
              </ul>
              {query.hasNextPage ? (
                <Button
                  variant="default"
                  loading={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  Show more
                </Button>
              ) : null}
            </>
          );
        }}
      </Answer>
    </Page>
  );
}

function NothingFound({ filtered }: { filtered: boolean }) {
  if (filtered) return <Empty title="Nothing matches">Try other words, or clear the tag.</Empty>;
  return (
    <Empty title="Nothing is published yet">
      Publish one of your own strategies and it stands here for everybody.
    </Empty>
  );
}

function Card({ item, onTag }: { item: CatalogItem; onTag: (tag: string) => void }) {
  return (
    <li className={styles.card}>
      <div className={styles.cardHead}>
        <Link
          to="/catalog/$strategyId"
          params={{ strategyId: item.strategy_id }}
          className={styles.name}
        >
          {item.name}
        </Link>
        <span className="muted">{item.author_name}</span>
      </div>
      <p className={styles.text}>{item.description || "Its author gives no description."}</p>
      <dl className={styles.figures}>
        <Figure name="Return" value={<Change value={item.stats?.return} digits={1} />} />
        <Figure name="Sharpe" value={ratio(item.stats?.sharpe)} />
        <Figure name="Max drawdown" value={percent(item.stats?.max_drawdown, 1)} />
        <Figure name="Followers" value={count(item.subscriber_count)} />
      </dl>
      <div className={styles.tags}>
        <Tag>{item.timeframe}</Tag>
        {item.instruments.slice(0, 2).map((name) => (
          <Tag key={name}>{name}</Tag>
        ))}
        {item.tags.slice(0, 4).map((tag) => (
          <Button key={tag} variant="subtle" size="compact-xs" onClick={() => onTag(tag)}>
            {tag}
          </Button>
        ))}
      </div>
    </li>
  );
}

function Figure({ name, value }: { name: string; value: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
