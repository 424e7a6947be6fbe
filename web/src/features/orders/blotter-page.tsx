// The blotter: all orders, filtered by what stands in the address, with cancel.
import { Button, Group, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { dateTimeSeconds, price, quantity, words } from "../../lib/format";
import { asProblem } from "../../lib/problem";
import { queryClient } from "../../lib/queries";
import {
  cancellable,
  cancelOrder,
  type Order,
  ordersQuery,
  orderStatuses,
} from "../../lib/resources/orders";
import type { Column } from "../../ui/data-table";
import { Page, Panel } from "../../ui/page";
import { PagedTable } from "../../ui/paged-table";
import { RowLink } from "../../ui/row-link";
import { Empty } from "../../ui/states";
import { Side, State } from "../../ui/value";

const columns: Column<Order>[] = [
  {
    key: "created",
    title: "Created, UTC",
    cell: (order) => dateTimeSeconds(order.created_at),
    compact: "detail",
  },
  { key: "instrument", title: "Instrument", cell: (order) => order.instrument, compact: "title" },
  { key: "side", title: "Side", cell: (order) => <Side side={order.side} />, compact: "title" },
  { key: "purpose", title: "Purpose", cell: (order) => words(order.purpose), compact: "detail" },
  { key: "type", title: "Type", cell: (order) => words(order.type) },
  {
    key: "quantity",
    title: "Filled / asked",
    cell: (order) => `${quantity(order.filled_quantity)} / ${quantity(order.quantity)}`,
    end: true,
    compact: "detail",
  },
  {
    key: "price",
    title: "Price",
    cell: (order) => price(order.price),
    end: true,
    compact: "detail",
  },
  {
    key: "status",
    title: "Status",
    cell: (order) => <State state={order.status} why={order.note} />,
    compact: "value",
  },
  {
    key: "session",
    title: "Session",
    cell: (order) => (
      <RowLink to="/sessions/$subscriptionId" params={{ subscriptionId: order.subscription_id }}>
        open
      </RowLink>
    ),
  },
  {
    key: "client",
    title: "Client id",
    cell: (order) => <span className="mono">{order.client_id}</span>,
  },
  {
    key: "act",
    title: "",
    cell: (order) => <CancelButton order={order} />,
    end: true,
    compact: "value",
  },
];

export default function BlotterPage() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false });
  const filter = {
    status: search.status,
    instrument: search.instrument,
    subscription: search.subscription,
  };
  const narrow = (change: Record<string, string>) =>
    void navigate({
      to: "/orders",
      search: { ...search, ...change } as Record<string, string>,
      replace: true,
    });
  const typeInstrument = useDebouncedCallback((instrument: string) => narrow({ instrument }), 300);
  const filtered = Boolean(filter.status || filter.instrument || filter.subscription);
  return (
    <Page title="Orders" subtitle="Every order of every session, written down before it was sent.">
      <Group mb="sm" gap="xs" align="end" wrap="nowrap">
        <Select
          label="Status"
          flex="0 1 170px"
          value={filter.status ?? ""}
          data={[
            { value: "", label: "All" },
            ...orderStatuses.map((value) => ({ value, label: words(value) })),
          ]}
          onChange={(status) => narrow({ status: status ?? "" })}
        />
        <TextInput
          label="Instrument"
          flex="0 1 190px"
          placeholder="binance:BTC-USDT"
          defaultValue={filter.instrument}
          onChange={(event) => typeInstrument(event.currentTarget.value)}
        />
        {filtered ? (
          <Button
            variant="subtle"
            size="sm"
            onClick={() => void navigate({ to: "/orders", search: {} })}
          >
            Clear filters
          </Button>
        ) : null}
      </Group>
      <Panel flush>
        <PagedTable
          label="Orders"
          query={ordersQuery(filter)}
          columns={columns}
          rowKey={(order) => order.id}
          empty={
            filtered ? (
              <Empty title="No order matches">Change or clear the filters.</Empty>
            ) : (
              <Empty title="No orders yet">They appear when a session acts on a signal.</Empty>
            )
          }
        />
      </Panel>
    </Page>
  );
}

function CancelButton({ order }: { order: Order }) {
  const cancel = useMutation({
    mutationFn: () => cancelOrder(order.id),
    onError: (error) => {
      const problem = asProblem(error);
      notifications.show({ title: problem.title, message: problem.message, color: "brass" });
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["orders"] }),
  });
  if (!cancellable(order)) return null;
  return (
    <Button
      variant="subtle"
      size="compact-xs"
      loading={cancel.isPending}
      onClick={() => cancel.mutate()}
    >
      Cancel
    </Button>
  );
}
