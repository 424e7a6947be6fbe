// The feeds that close candles: how each is, switching it, adding one.
import { Button, Group, JsonInput, Modal, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { count, dateTime } from "../../lib/format";
import { queryClient } from "../../lib/queries";
import { addFeed, type Feed, feedsQuery, switchFeed } from "../../lib/resources/data";
import { useUser } from "../../lib/session";
import { type Column, DataTable } from "../../ui/data-table";
import { Panel } from "../../ui/page";
import { Answer, Empty, Fault } from "../../ui/states";
import { State } from "../../ui/value";

const refresh = () => queryClient.invalidateQueries({ queryKey: ["feeds"] });

export function FeedsPanel() {
  const admin = useUser()?.role === "admin";
  const query = useQuery(feedsQuery);
  const [adding, setAdding] = useState(false);
  const toggle = useMutation({
    mutationFn: (feed: Feed) => switchFeed(feed.name, !feed.enabled),
    onSettled: refresh,
  });
  const columns: Column<Feed>[] = [
    { key: "name", title: "Feed", cell: (feed) => <b>{feed.name}</b>, compact: "title" },
    { key: "kind", title: "Kind", cell: (feed) => feed.kind, compact: "detail" },
    { key: "status", title: "Status", cell: (feed) => <State state={feed.status} /> },
    { key: "detail", title: "Detail", cell: (feed) => feed.detail || "–", wrap: true },
    {
      key: "bar",
      title: "Last bar, UTC",
      cell: (feed) => dateTime(feed.last_bar_at),
      end: true,
      compact: "detail",
    },
    {
      key: "late",
      title: "Late ticks",
      cell: (feed) => count(feed.late_ticks),
      end: true,
      compact: "detail",
      silent: (feed) => feed.late_ticks === 0,
    },
    {
      key: "on",
      title: "Runs",
      cell: (feed) => (
        <Switch
          aria-label={`${feed.name} runs`}
          checked={feed.enabled}
          disabled={!admin || toggle.isPending}
          onChange={() => toggle.mutate(feed)}
          display="inline-block"
        />
      ),
      end: true,
      compact: "value",
    },
  ];
  return (
    <Panel
      title="Feeds"
      flush
      actions={
        <Button disabled={!admin} onClick={() => setAdding(true)}>
          Add a feed
        </Button>
      }
    >
      <Fault error={toggle.error} />
      <Answer query={query} rows={2}>
        {(feeds) =>
          feeds.items.length === 0 ? (
            <Empty title="No feed is set up">
              Without one no new candle closes and no session acts.
            </Empty>
          ) : (
            <DataTable
              label="Feeds"
              columns={columns}
              rows={feeds.items}
              rowKey={(feed) => feed.name}
            />
          )
        }
      </Answer>
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title={<strong>Add a feed</strong>}
        size="lg"
      >
        <FeedForm onDone={() => setAdding(false)} />
      </Modal>
    </Panel>
  );
}

function FeedForm({ onDone }: { onDone: () => void }) {
  const form = useForm({
    initialValues: { name: "", kind: "simulated", config: "{}" },
    validate: {
      name: (text) =>
        /^[a-z0-9][a-z0-9_.:-]{0,63}$/.test(text) ? null : "Small letters, digits, _ . : -",
      config: (text) => (isObject(text) ? null : "Expected one JSON object"),
    },
  });
  const add = useMutation({
    mutationFn: (values: typeof form.values) =>
      addFeed(values.name, values.kind, JSON.parse(values.config) as Record<string, never>),
    onSuccess: () => {
      void refresh();
      onDone();
    },
  });
  return (
    <form onSubmit={form.onSubmit((values) => add.mutate(values))}>
      <Stack gap="sm">
        <TextInput label="Name" required {...form.getInputProps("name")} />
        <Select label="Kind" data={["simulated", "replay"]} {...form.getInputProps("kind")} />
        <JsonInput
          label="Configuration"
          description="What it takes depends on the kind; {} is the usual"
          autosize
          minRows={4}
          {...form.getInputProps("config")}
        />
        <Fault error={add.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={add.isPending}>
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function isObject(text: string): boolean {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null && !Array.isArray(read);
  } catch {
    return false;
  }
}
