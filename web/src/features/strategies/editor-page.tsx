// One strategy: edit its document, save versions, publish it, compare, try it, trade it.
import { Button, Menu, Tabs } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { count } from "../../lib/format";
import { get } from "../../lib/http";
import { asProblem } from "../../lib/problem";
import { queryClient } from "../../lib/queries";
import {
  createVersion,
  deleteStrategy,
  setPublished,
  type Strategy,
  strategyQuery,
  type Version,
  versionQuery,
} from "../../lib/resources/strategies";
import { LinkButton } from "../../ui/link-button";
import { Icon } from "../../ui/icon";
import { Page } from "../../ui/page";
import { Answer, Fault } from "../../ui/states";
import { State } from "../../ui/value";
import fields from "../../ui/fields.module.css";
import { DefinitionEditor } from "./definition-editor";
import { useEditor } from "./use-editor";
import { VersionsPanel } from "./versions-panel";

export default function StrategyPage() {
  const { strategyId = "" } = useParams({ strict: false });
  const query = useQuery(strategyQuery(strategyId));
  const strategy = query.data?.data;
  const number = strategy?.latest_version ?? 0;
  const version = useQuery({ ...versionQuery(strategyId, number), enabled: number > 0 });
  if (strategy && version.data)
    return <Loaded key={strategyId} strategy={strategy} version={version.data} />;
  return (
    <Page title={strategy?.name ?? "Strategy"}>
      <Answer query={query}>{() => <Answer query={version}>{() => null}</Answer>}</Answer>
    </Page>
  );
}

function Loaded({ strategy, version }: { strategy: Strategy; version: Version }) {
  const editor = useEditor(version.definition ?? {});
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["strategies"] });
  const save = useMutation({
    mutationFn: () => createVersion(strategy.id, editor.editing.definition),
    onSuccess: (made) => {
      editor.replace(editor.editing.definition);
      notifications.show({
        title: `Version ${made.number} saved`,
        message: "Running sessions stay on theirs.",
        color: "brass",
      });
      void refresh();
    },
  });
  const open = async (number: number) => {
    const found = await get<Version>(`/strategies/${strategy.id}/versions/${number}`);
    if (found.definition) editor.setText(JSON.stringify(found.definition, null, 2));
  };
  const ready = editor.changed && editor.broken === null && editor.validation?.valid === true;
  return (
    <Page
      title={strategy.name}
      subtitle={
        <>
          Version {strategy.latest_version}, {count(strategy.subscriber_count)} followers{" "}
          <State state={strategy.visibility} />
          {editor.changed ? " · not saved yet" : ""}
        </>
      }
      actions={
        <>
          <LinkButton
            variant="default"
            to="/backtests/new"
            search={{ source: `own:${strategy.id}:${strategy.latest_version}` }}
          >
            Backtest
          </LinkButton>
          <LinkButton variant="default" to="/subscribe" search={{ strategy: strategy.id }}>
            Trade on paper
          </LinkButton>
          <Button loading={save.isPending} disabled={!ready} onClick={() => save.mutate()}>
            Save as version {(strategy.latest_version ?? 0) + 1}
          </Button>
          <More strategy={strategy} />
        </>
      }
    >
      <div className={fields.stack}>
        <Fault error={save.error} reload={() => void refresh()} />
        <Tabs defaultValue="definition">
          <Tabs.List mb="sm">
            <Tabs.Tab value="definition">Definition</Tabs.Tab>
            <Tabs.Tab value="versions">Versions</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="definition">
            <DefinitionEditor editor={editor} />
          </Tabs.Panel>
          <Tabs.Panel value="versions">
            <VersionsPanel strategyId={strategy.id} onOpen={(number) => void open(number)} />
          </Tabs.Panel>
        </Tabs>
      </div>
    </Page>
  );
}

function More({ strategy }: { strategy: Strategy }) {
  const navigate = useNavigate();
  const tell = (error: unknown) => {
    const problem = asProblem(error);
    notifications.show({
      title: problem.title,
      message: `${problem.message} ${problem.action ?? ""}`,
      color: "brass",
    });
  };
  const settle = () => {
    void queryClient.invalidateQueries({ queryKey: ["strategies"] });
    void queryClient.invalidateQueries({ queryKey: ["catalog"] });
  };
  const publish = useMutation({
    mutationFn: () => setPublished(strategy.id, strategy.visibility !== "public"),
    onError: tell,
    onSettled: settle,
  });
  const remove = useMutation({
    mutationFn: () => deleteStrategy(strategy.id),
    onError: tell,
    onSuccess: () => navigate({ to: "/strategies" }),
    onSettled: settle,
  });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          aria-label="More acts"
          loading={publish.isPending || remove.isPending}
        >
          <Icon name="down" size={14} />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => publish.mutate()}>
          {strategy.visibility === "public" ? "Take out of the catalog" : "Publish in the catalog"}
        </Menu.Item>
        <Menu.Item onClick={() => remove.mutate()}>Delete strategy</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
