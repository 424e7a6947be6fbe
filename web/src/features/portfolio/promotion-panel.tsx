// The way from evidence to trading: gates, one click when all are green, a reason when not.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { count } from "../../lib/format";
import { type Gates, gatesQuery, type Subject } from "../../lib/resources/promotions";
import { connectionsQuery } from "../../lib/resources/subscriptions";
import fields from "../../ui/fields.module.css";
import { GateList } from "../../ui/gate-list";
import { Panel } from "../../ui/page";
import { Answer } from "../../ui/states";
import { PromotionForm } from "./promotion-form";
import { Promotions } from "./promotions";

export function PromotionPanel({ subject }: { subject: Subject }) {
  const connections = useQuery(connectionsQuery).data ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const connection = chosen ?? connections[0]?.id ?? null;
  const query = useQuery(gatesQuery(subject, connection));
  return (
    <div className={fields.stack}>
      <Panel
        title="Promotion"
        actions={
          query.data ? (
            <span className="muted">
              {query.data.ready ? "All gates are green" : redOf(query.data)}
            </span>
          ) : null
        }
      >
        <Answer query={query} rows={6}>
          {(gates) => (
            <div className={fields.sides}>
              <GateList label="Gates of the promotion" gates={gates.gates} />
              <PromotionForm
                subject={subject}
                gates={gates}
                connections={connections}
                connection={connection}
                onConnection={setChosen}
              />
            </div>
          )}
        </Answer>
      </Panel>
      <Promotions subject={subject} />
    </div>
  );
}

function redOf({ gates }: Gates): string {
  const red = gates.filter((gate) => !gate.passed).length;
  return `${count(red)} of ${count(gates.length)} gates are red`;
}
