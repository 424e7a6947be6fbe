// One strategy: edit its document, save versions, publish it, compare, try it, trade it.
import { Button, Tabs, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { executionOf } from "../../lib/definition";
import { many } from "../../lib/format";
import { queryClient } from "../../lib/queries";
import {
  createVersion,
  editStrategy,
  type StrategyDetail,
  strategyQuery,
  versionQuery,
} from "../../lib/resources/strategies";
import fields from "../../ui/fields.module.css";
import { LeaveGuard, useLeaving } from "../../ui/leave-guard";
import { LinkButton } from "../../ui/link-button";
import { Page } from "../../ui/page";
import { Answer, Fault } from "../../ui/states";
import { State } from "../../ui/value";
import { DefinitionEditor } from "./definition-editor";
import { MoreActs } from "./more-acts";
import { ProofPanel } from "./proof-panel";
import { inReadingOrder } from "./reading-order";
import { useEditor } from "./use-editor";
import { VersionsPanel } from "./versions-panel";

const refresh = () => queryClient.invalidateQueries({ queryKey: ["strategies"] });

export default function StrategyPage() {
  const { strategyId = "" } = useParams({ strict: false });
  const query = useQuery(strategyQuery(strategyId));
  if (query.data) return <Editor key={strategyId} loaded={query.data} />;
  return (
    <Page title="Strategy">
      <Answer query={query}>{() => null}</Answer>
    </Page>
  );
}

interface EditorProps {
  loaded: { data: StrategyDetail; etag: string | null };
}

function Editor({ loaded }: EditorProps) {
  const { data: strategy, etag } = loaded;
  const editor = useEditor(strategy.version.definition);
  const leaving = useLeaving();
  const [note, setNote] = useState("");
  const save = useMutation({
    mutationFn: () => createVersion(strategy.id, editor.editing.definition, note.trim()),
    onSuccess: (made) => {
      editor.replace(made.definition);
      setNote("");
      const message = "Running sessions stay on theirs.";
      notifications.show({ title: `Version ${made.number} saved`, message, color: "brass" });
      void refresh();
    },
  });
  const offer = useMutation({
    mutationFn: (number: number) => editStrategy(strategy.id, { current_version: number }, etag),
    onSuccess: () => void refresh(),
  });
  const open = async (number: number) => {
    const found = await queryClient.fetchQuery(versionQuery(strategy.id, number));
    editor.setText(JSON.stringify(inReadingOrder(found.definition), null, 2));
  };
  const ready = editor.changed && editor.broken === null && editor.validation?.valid === true;
  return (
    <Page
      title={strategy.name}
      subtitle={
        <>
          Version {strategy.current_version}, {many(strategy.subscriber_count, "follower")}{" "}
          <State state={strategy.visibility} />
          {editor.changed ? " · not saved yet" : ""}
        </>
      }
      actions={
        <>
          <LinkButton
            variant="default"
            to="/backtests/new"
            search={{ source: `own:${strategy.id}:${strategy.current_version}` }}
          >
            Backtest
          </LinkButton>
          <LinkButton variant="default" to="/subscribe" search={{ strategy: strategy.id }}>
            Trade on paper
          </LinkButton>
          <LinkButton
            variant="default"
            to="/promote"
            search={{
              version: strategy.version.id,
              name: `${strategy.name} v${strategy.version.number}`,
              timeframe: executionOf(strategy.version.definition).timeframe,
            }}
          >
            Promote
          </LinkButton>
          <Button loading={save.isPending} disabled={!ready} onClick={() => save.mutate()}>
            Save as version {strategy.latest_version + 1}
          </Button>
          <MoreActs strategy={strategy} etag={etag} />
        </>
      }
    >
      <div className={fields.stack}>
        <LeaveGuard unsaved={editor.changed} leaving={leaving} />
        <Fault error={save.error ?? offer.error} reload={() => void refresh()} />
        {editor.changed ? (
          <TextInput
            aria-label="Note on this version"
            placeholder="What changed, in a few words (optional)"
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
        ) : null}
        <Tabs defaultValue="definition">
          <Tabs.List mb="sm">
            <Tabs.Tab value="definition">Definition</Tabs.Tab>
            <Tabs.Tab value="versions">Versions</Tabs.Tab>
            <Tabs.Tab value="proof">Proof</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="definition">
            <DefinitionEditor editor={editor} />
          </Tabs.Panel>
          <Tabs.Panel value="versions">
            <VersionsPanel
              strategyId={strategy.id}
              current={strategy.current_version}
              onOpen={(number) => void open(number)}
              onOffer={(number) => offer.mutate(number)}
            />
          </Tabs.Panel>
          <Tabs.Panel value="proof">
            <ProofPanel
              versionId={strategy.version.id}
              number={strategy.version.number}
              timeframe={executionOf(strategy.version.definition).timeframe}
            />
          </Tabs.Panel>
        </Tabs>
      </div>
    </Page>
  );
}
