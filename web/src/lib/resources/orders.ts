// Orders of all sessions, with filters, and cancelling one.
import { post } from "../http";
import { pagedQuery } from "./page";

export interface Order {
  id: string;
  client_id: string;
  subscription_id: string;
  instrument: string;
  side: string | number;
  type: string;
  quantity: string;
  filled_quantity: string;
  price: string | null;
  status: string;
  purpose: string;
  created_at: string;
  sent_at: string | null;
  updated_at: string;
  reason: string | null;
}

export interface OrderFilter {
  status?: string;
  instrument?: string;
  subscription?: string;
}

export const ordersQuery = (filter: OrderFilter) =>
  pagedQuery<Order>(["orders"], "/orders", { ...filter });
export const cancelOrder = (id: string) => post<Order>(`/orders/${id}/cancel`);

const terminal = new Set([
  "FILLED",
  "CANCELLED",
  "REJECTED",
  "REFUSED",
  "EXPIRED",
  "SKIPPED",
  "FAILED",
]);
export const cancellable = (order: Order) => !terminal.has(order.status.toUpperCase());
