// What a run tests: a version of one's own, a template, or a published version.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { Definition } from "../../lib/definition";
import { catalogDetailQuery, catalogQuery } from "../../lib/resources/catalog";
import {
  type Parameter,
  strategiesQuery,
  templatesQuery,
  versionQuery,
} from "../../lib/resources/strategies";

export interface Source {
  parameters: Parameter[];
  body: { version_id: string } | { definition: Definition } | null;
  loading: boolean;
  error: unknown;
}

interface Choice {
  value: string;
  label: string;
}

export interface ChoiceGroup {
  group: string;
  items: Choice[];
}

/** A source is written `own:ID:N`, `template:NAME`, `catalog:ID`, or `version:ID` of a past run. */
export function useSourceChoices(chosen: string): ChoiceGroup[] {
  const own = useInfiniteQuery(strategiesQuery).data?.pages.flatMap((page) => page.items) ?? [];
  const templates = useQuery(templatesQuery).data ?? [];
  const published =
    useInfiniteQuery(catalogQuery({})).data?.pages.flatMap((page) => page.items) ?? [];
  const mine = new Set(own.map((strategy) => strategy.id));
  const groups = [
    {
      group: "My strategies",
      items: own.map((strategy) => ({
        value: `own:${strategy.id}:${strategy.current_version}`,
        label: `${strategy.name} v${strategy.current_version}`,
      })),
    },
    {
      group: "Templates",
      items: templates.map((template) => ({
        value: `template:${template.name}`,
        label: template.title,
      })),
    },
    {
      group: "Catalog",
      items: published
        .filter((item) => !mine.has(item.strategy_id))
        .map((item) => ({
          value: `catalog:${item.strategy_id}`,
          label: `${item.name} by ${item.author_name}`,
        })),
    },
  ];
  if (chosen.startsWith("version:")) {
    groups.push({
      group: "From the run",
      items: [{ value: chosen, label: "The version of that run" }],
    });
  }
  return groups.filter((group) => group.items.length > 0);
}

export function useSource(source: string): Source {
  const [kind, id = "", number = "0"] = source.split(":");
  const templates = useQuery({ ...templatesQuery, enabled: kind === "template" });
  const version = useQuery({ ...versionQuery(id, Number(number)), enabled: kind === "own" });
  const published = useQuery({ ...catalogDetailQuery(id), enabled: kind === "catalog" });
  if (kind === "own")
    return sourceOf(version, version.data, version.data && { version_id: version.data.id });
  if (kind === "template") {
    const found = templates.data?.find((template) => template.name === id);
    return sourceOf(templates, found, found && { definition: found.definition });
  }
  if (kind === "catalog") {
    return sourceOf(
      published,
      published.data,
      published.data && { version_id: published.data.version_id },
    );
  }
  const body = kind === "version" ? { version_id: id } : null;
  return { parameters: [], body, loading: false, error: null };
}

function sourceOf(
  query: { isPending: boolean; error: unknown },
  found: { parameters?: Parameter[] } | undefined,
  body: Source["body"] | undefined,
): Source {
  return {
    parameters: found?.parameters ?? [],
    body: body ?? null,
    loading: query.isPending,
    error: query.error,
  };
}
