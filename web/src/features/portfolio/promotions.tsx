// What was promoted so far: how far each came, its sessions, taking it back.
import { Button, Textarea } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { dateTime, many, money } from "../../lib/format";
import { queryClient } from "../../lib/queries";
import {
  approvePromotion,
  type Promotion,
  promotionsQuery,
  rejectPromotion,
  rollBackPromotion,
  type Subject,
} from "../../lib/resources/promotions";
import { ChoiceDialog } from "../../ui/choice-dialog";
import { type Column, DataTable } from "../../ui/data-table";
import { Panel } from "../../ui/page";
import { Fault } from "../../ui/states";
import { State } from "../../ui/value";

const refresh = () => {
  for (const key of ["promotions", "subscriptions", "dashboard"])
    void queryClient.invalidateQueries({ queryKey: [key] });
};

const endings = [
  {
    value: "exit",
    label: "Close open positions",
    hint: "At the next open, then the sessions end",
  },
  { value: "keep", label: "Keep them, protected", hint: "Stops stay; no new entry is taken" },
];

export function Promotions({ subject }: { subject: Subject }) {
  const query = useInfiniteQuery(promotionsQuery);
  const rows = (query.data?.pages ?? [])
    .flatMap((page) => page.items)
    .filter((promotion) => isOf(promotion, subject));
  const [back, setBack] = useState<Promotion | null>(null);
  const [asking, setAsking] = useState<Promotion | null>(null);
  const rollBack = useMutation({
    mutationFn: ({ id, positions }: { id: string; positions: string }) =>
      rollBackPromotion(id, positions === "keep" ? "keep" : "exit"),
    onSuccess: () => setBack(null),
    onSettled: refresh,
  });
  if (rows.length === 0) return <Fault error={query.error} />;
  const act: Column<Promotion> = {
    key: "act",
    title: "",
    cell: (promotion) => (
      <>
        {promotion.status === "deployed" ? (
          <Button variant="subtle" size="compact-xs" onClick={() => setBack(promotion)}>
            Roll back
          </Button>
        ) : null}
        {promotion.status === "requested" ? (
          <Button variant="subtle" size="compact-xs" onClick={() => setAsking(promotion)}>
            Decide
          </Button>
        ) : null}
      </>
    ),
    end: true,
    compact: "value",
  };
  return (
    <Panel title="Promotions" flush>
      <DataTable
        label="Promotions"
        columns={[...columns, act]}
        rows={rows}
        rowKey={(promotion) => promotion.id}
      />
      {asking ? <Decision promotion={asking} onDone={() => setAsking(null)} /> : null}
      <ChoiceDialog
        title="Roll back"
        choices={endings}
        act="Roll back"
        opened={back !== null}
        busy={rollBack.isPending}
        error={rollBack.error}
        onClose={() => setBack(null)}
        onAct={(positions) => (back ? rollBack.mutate({ id: back.id, positions }) : undefined)}
      >
        <span className="muted">
          Its {many(back?.subscription_ids.length ?? 0, "session")} end; the evidence and this line
          stay.
        </span>
      </ChoiceDialog>
    </Panel>
  );
}

function Decision({ promotion, onDone }: { promotion: Promotion; onDone: () => void }) {
  const [reason, setReason] = useState("");
  const settled = () => {
    refresh();
    onDone();
  };
  const approve = useMutation({
    mutationFn: () => approvePromotion(promotion.id, reason.trim() !== "", reason.trim()),
    onSuccess: settled,
  });
  const reject = useMutation({
    mutationFn: () => rejectPromotion(promotion.id),
    onSuccess: settled,
  });
  return (
    <div style={{ padding: 12, display: "grid", gap: 10, borderTop: "1px solid var(--line)" }}>
      <Textarea
        label="Reason to pass over red gates"
        description="Empty: approved only if all gates are green now"
        autosize
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Fault error={approve.error ?? reject.error} />
      <div style={{ display: "flex", gap: 8, justifyContent: "flex-end" }}>
        <Button variant="default" loading={reject.isPending} onClick={() => reject.mutate()}>
          Turn down
        </Button>
        <Button loading={approve.isPending} onClick={() => approve.mutate()}>
          Approve and deploy
        </Button>
      </div>
    </div>
  );
}

function isOf(promotion: Promotion, subject: Subject): boolean {
  return subject.portfolio_id
    ? promotion.subject.portfolio_id === subject.portfolio_id
    : promotion.subject.version_id === subject.version_id;
}

const columns: Column<Promotion>[] = [
  {
    key: "when",
    title: "Asked, UTC",
    cell: (promotion) => dateTime(promotion.created_at),
    compact: "title",
  },
  {
    key: "status",
    title: "Status",
    cell: (promotion) => <State state={promotion.status} />,
    compact: "value",
  },
  {
    key: "how",
    title: "Gates",
    cell: (promotion) =>
      promotion.override
        ? `Overridden: ${promotion.reason}`
        : promotion.ready
          ? "All green"
          : promotion.gates
              .filter((gate) => !gate.passed)
              .map((gate) => gate.label)
              .join(", "),
    wrap: true,
    compact: "detail",
  },
  {
    key: "capital",
    title: "Capital",
    cell: (promotion) => money(promotion.capital),
    end: true,
    compact: "detail",
  },
  {
    key: "sessions",
    title: "Sessions",
    cell: (promotion) =>
      promotion.subscription_ids.length === 0 ? (
        <span className="muted">none</span>
      ) : (
        promotion.subscription_ids.map((id, at) => (
          <Link
            key={id}
            to="/sessions/$subscriptionId"
            params={{ subscriptionId: id }}
            style={{ marginRight: 8 }}
          >
            {promotion.legs[at]?.instrument ?? `Session ${at + 1}`}
          </Link>
        ))
      ),
    wrap: true,
    compact: "detail",
  },
];
