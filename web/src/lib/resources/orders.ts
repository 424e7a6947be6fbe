// Orders of all sessions, with filters, and cancelling one.
import { api, bodyOf, type Schemas } from "../http";
import { pagedQuery } from "./page";

export type Order = Schemas["OrderView"];

export interface OrderFilter {
  status?: string;
  instrument?: string;
  subscription?: string;
}

export const ordersQuery = (filter: OrderFilter) =>
  pagedQuery<Order>(["orders", filter], (turn, signal) => {
    const params = { query: { ...turn, ...filter } };
    return bodyOf(api.GET("/api/v1/orders", { params, signal }));
  });

export const cancelOrder = (id: string) =>
  api.POST("/api/v1/orders/{order_id}/cancel", { params: { path: { order_id: id } } });

export const orderStatuses = [
  "NEW",
  "SENDING",
  "WORKING",
  "PARTIAL",
  "FILLED",
  "CANCELLED",
  "REFUSED",
  "UNKNOWN",
  "EXPIRED",
];

const terminal = new Set(["FILLED", "CANCELLED", "REFUSED", "EXPIRED"]);

export const cancellable = (order: Order) => !terminal.has(order.status);
