/* The kernel's own work in C: what a compiler can do at best with the same steps in the same order.
 *
 * records.h is written from the NumPy layouts before each build, so that both sides share them; the
 * benchmark compares final states and fills byte by byte, so the work is known to be identical.
 */
#include <math.h>
#include <stdint.h>
#include "records.h"

#define ENTRY 1
#define EXIT 2
#define DAY_MS 86400000LL

enum { WHY_ENTRY = 1, SIGNAL, REVERSE, STOP, TARGET, TRAIL, BREAK_EVEN, TIME, SESSION, DAILY_LOSS };
enum { POSITION_OPEN = 1, ORDER_OPEN, DISABLED, LOSS_LIMIT, NO_LONGS, NO_SHORTS, COOL_DOWN,
       SESSION_END, MAX_POSITIONS, NO_STOP, FEE_GATE, LEVERAGE, EXPOSURE, ZERO_LOTS, TOO_SMALL,
       BEYOND_STOP, NO_EQUITY };
enum { NO_ENTRY_BAR_EXITS = 1, TARGET_FIRST = 2, ANCHOR_ON_CLOSE = 4, GAP_AT_LEVEL = 8,
       ENTER_BEYOND_STOP = 16, CLOSE_ONLY = 32 };

typedef struct {
  BOOK *b; LEG *g; POSITION *p; const POLICY *q; const LIMITS *m; const INSTRUMENT *s;
  FILL *fills; int64_t count, capacity;
} Run;

static inline double quantity_of(const INSTRUMENT *s, int64_t lots) {
  return (double)(lots * s->lot_num) / (double)s->lot_den;
}

static inline double nearest_tick(const INSTRUMENT *s, double price) {
  if (s->tick_den == 0) return price;
  int64_t ticks = (int64_t)floor(price * (double)s->tick_den / (double)s->tick_num + 0.5);
  return (double)(ticks * s->tick_num) / (double)s->tick_den;
}

static inline double worse_price(const INSTRUMENT *s, double price, int64_t side, double slippage) {
  if (slippage == 0.0) return price;
  double worse = price * (1.0 + (double)side * slippage);
  if (s->tick_den == 0) return worse;
  double ticks = worse * (double)s->tick_den / (double)s->tick_num;
  int64_t whole = side > 0 ? (int64_t)ceil(ticks - 1e-9) : (int64_t)floor(ticks + 1e-9);
  if (side <= 0 && whole < 1) whole = 1;
  return (double)(whole * s->tick_num) / (double)s->tick_den;
}

static inline double trail_distance(const POLICY *q, double extreme, double atr) {
  if (q->atr_trail_multiple > 0.0 && atr > 0.0) return q->atr_trail_multiple * atr;
  return q->trailing_stop_pct * extreme;
}

static inline double no_level(double side) { return side > 0 ? INFINITY : 0.0; }

static void set_levels(Run *r) {
  POSITION *p = r->p; const LEG *g = r->g; const POLICY *q = r->q;
  double side = (double)p->side, anchor = p->average, atr = g->entry_atr, stop = 0.0, target = 0.0;
  if (q->rules & ANCHOR_ON_CLOSE) anchor = g->entry_close;
  if (q->atr_stop_multiple > 0.0 && atr > 0.0) stop = anchor - side * q->atr_stop_multiple * atr;
  else if (g->entry_stop > 0.0) stop = g->entry_stop;
  else if (q->stop_loss_pct > 0.0) stop = anchor * (1.0 - side * q->stop_loss_pct);
  p->stop_reason = STOP;
  double trail = trail_distance(q, anchor, atr);
  if (trail > 0.0) {
    double trailing = anchor - side * trail;
    if (stop <= 0.0 || side * (trailing - stop) > 0.0) { stop = trailing; p->stop_reason = TRAIL; }
  }
  if (q->atr_target_multiple > 0.0 && atr > 0.0)
    target = anchor + side * q->atr_target_multiple * atr;
  else if (g->entry_target > 0.0) target = g->entry_target;
  else if (q->take_profit_pct > 0.0) target = anchor * (1.0 + side * q->take_profit_pct);
  p->stop = stop > 0.0 ? nearest_tick(r->s, stop) : no_level(-side);
  p->target = target > 0.0 ? nearest_tick(r->s, target) : no_level(side);
  p->extreme = anchor;
  p->atr = atr;
}

static inline void tighten(POSITION *p, double stop, int64_t reason) {
  if (stop > 0.0 && (double)p->side * (stop - p->stop) > 0.0) { p->stop = stop; p->stop_reason = reason; }
}

static inline void move_levels(Run *r, double high, double low, double atr) {
  POSITION *p = r->p; const POLICY *q = r->q;
  int trails = q->trailing_stop_pct > 0.0 || q->atr_trail_multiple > 0.0;
  if (!trails && q->break_even_pct == 0.0) return;
  double side = (double)p->side, best = p->side > 0 ? high : low;
  if (side * (best - p->extreme) > 0.0) p->extreme = best;
  if (trails) {
    double distance = trail_distance(q, p->extreme, atr > 0.0 ? atr : p->atr);
    tighten(p, nearest_tick(r->s, p->extreme - side * distance), TRAIL);
  }
  if (q->break_even_pct > 0.0) {
    double gain = side * (p->extreme - p->average);
    if (gain >= q->break_even_pct * p->average) tighten(p, nearest_tick(r->s, p->average), BREAK_EVEN);
  }
}

/* ---- folding fills */

static inline void forget_exit(LEG *g) { g->exit_lots = 0; g->exit_reason = 0; g->exit_unknown = 0; }
static inline void cancel_entry(LEG *g) { g->entry_lots = 0; g->entry_unknown = 0; }

static inline void begin_trip(Run *r, int64_t side) {
  r->p->side = side;
  r->p->entry_bar = r->g->bars;
  r->b->open_positions += 1;
}

static void end_trip(Run *r) {
  BOOK *b = r->b; POSITION *p = r->p;
  double pnl = (double)p->side * (p->closed_value - p->opened_value) - p->fees;
  b->realised += pnl;
  b->trades += 1;
  if (pnl > 0.0) { b->wins += 1; b->gross_win += pnl; } else b->gross_loss -= pnl;
  b->open_positions -= 1;
  r->g->cool_until = r->g->bars + 1 + r->q->cool_down_bars;
  forget_exit(r->g);
  int64_t contract = p->contract;
  *p = (POSITION){0};
  p->contract = contract;
}

static int remember(LEG *g, int64_t id) {
  int64_t known = g->seen_count < SEEN ? g->seen_count : SEEN;
  for (int64_t k = 0; k < known; k++) if (g->seen[k] == id) return 0;
  g->seen[g->seen_count % SEEN] = id;
  g->seen_count += 1;
  return 1;
}

static void apply_fill(Run *r, const FILL *f) {
  BOOK *b = r->b; LEG *g = r->g; POSITION *p = r->p;
  int64_t lots = f->lots, size = lots < 0 ? -lots : lots;
  if (!remember(g, f->id)) return;
  double quantity = quantity_of(r->s, lots), value = fabs(quantity) * f->price;
  b->cash -= quantity * f->price + f->fee;
  b->fees += f->fee;
  b->turnover += value;
  b->fills += 1;
  if (f->order > g->orders) g->orders = f->order;
  if (f->purpose != ENTRY) {
    if (p->side == 0) begin_trip(r, lots > 0 ? -1 : 1);
    p->closed_lots += size;
    p->closed_value += value;
    p->fees += f->fee;
    b->ambiguous += f->ambiguous;
    if (g->exit_lots != 0) {
      int64_t rest = g->exit_lots - lots;
      if (rest * lots <= 0) forget_exit(g); else g->exit_lots = rest;
    }
  } else {
    if (p->side == 0) begin_trip(r, lots > 0 ? 1 : -1);
    if (p->opened_lots == 0 || f->ts < p->entry_ts) p->entry_ts = f->ts;
    p->opened_lots += size;
    p->opened_value += value;
    p->fees += f->fee;
    int64_t rest = g->entry_lots - lots;
    if (rest * lots <= 0) cancel_entry(g); else g->entry_lots = rest;
  }
  if (p->opened_lots > 0) {
    p->average = p->opened_value / quantity_of(r->s, p->opened_lots);
    if (f->purpose == ENTRY) set_levels(r);
  }
  if (p->opened_lots == p->closed_lots && g->entry_lots * p->side <= 0) end_trip(r);
  p->quantity = quantity_of(r->s, p->side * (p->opened_lots - p->closed_lots) + g->early_lots);
}

static inline double fee_of(const POLICY *q, int64_t lots, double value) {
  double rate = q->fee + (lots > 0 ? q->buy_fee : q->sell_fee), each = q->order_fee * value;
  if (q->order_fee_cap < each) each = q->order_fee_cap;
  return value * rate + each + (lots > 0 ? q->buy_flat : q->sell_flat);
}

static void fill(Run *r, int64_t ts, int64_t purpose, int64_t reason, int64_t order, int64_t lots,
                 double price, int64_t ambiguous) {
  FILL *f = r->fills + r->count;
  double quantity = quantity_of(r->s, lots);
  *f = (FILL){.id = r->b->fills + 1, .ts = ts, .bar = r->g->bars, .order = order, .purpose = purpose,
              .reason = reason, .lots = lots, .quantity = quantity, .price = price,
              .fee = fee_of(r->q, lots, fabs(quantity) * price), .ambiguous = ambiguous};
  apply_fill(r, f);
  if (r->count + 1 < r->capacity) r->count += 1;
}

/* ---- the venue */

static void fill_orders(Run *r, int64_t ts, double open) {
  LEG *g = r->g; const POLICY *q = r->q;
  if (g->exit_lots != 0 && ts >= g->exit_from)
    fill(r, ts, EXIT, g->exit_reason, g->exit_n, g->exit_lots,
         worse_price(r->s, open, g->exit_lots > 0 ? 1 : -1, q->slippage), 0);
  if (g->entry_lots == 0 || ts < g->entry_from) return;
  if (g->entry_stop > 0.0 && !(q->rules & ENTER_BEYOND_STOP) &&
      !(q->atr_stop_multiple > 0.0 && g->entry_atr > 0.0) &&
      (g->entry_lots > 0 ? open <= g->entry_stop : open >= g->entry_stop)) {
    cancel_entry(g);
    return;
  }
  fill(r, ts, ENTRY, WHY_ENTRY, g->entry_n, g->entry_lots,
       worse_price(r->s, open, g->entry_lots > 0 ? 1 : -1, q->slippage), 0);
}

static void fill_level(Run *r, int64_t ts, double open, double high, double low) {
  POSITION *p = r->p; const POLICY *q = r->q;
  int up = p->side > 0, at_level = (q->rules & GAP_AT_LEVEL) != 0;
  int stopped = up ? low <= p->stop : high >= p->stop;
  int reached = up ? high >= p->target : low <= p->target;
  int gap_stop = up ? open < p->stop : open > p->stop;
  int gap_target = up ? open > p->target : open < p->target;
  int both = stopped && reached, settled = (gap_stop || gap_target) && !at_level;
  if (both && ((q->rules & TARGET_FIRST) || (gap_target && !at_level))) stopped = 0;
  int64_t held = p->side * (p->opened_lots - p->closed_lots), reason = TARGET;
  double price = gap_target && !at_level ? open : p->target;
  if (stopped) {
    price = worse_price(r->s, gap_stop && !at_level ? open : p->stop, -p->side, q->slippage);
    reason = p->stop_reason;
  }
  fill(r, ts, EXIT, reason, r->g->orders + 1, -held, price, both && !settled);
}

static inline void fold_bar(Run *r, int64_t ts, double open, double high, double low, double close) {
  POSITION *p = r->p; LEG *g = r->g;
  if (g->exit_lots != 0 || g->entry_lots != 0) fill_orders(r, ts, open);
  if (p->side != 0) {
    int reached = p->side > 0 ? low <= p->stop || high >= p->target
                              : high >= p->stop || low <= p->target;
    if (reached && !((r->q->rules & NO_ENTRY_BAR_EXITS) && p->entry_bar >= g->bars))
      fill_level(r, ts, open, high, low);
  }
  g->bars += 1;
  g->mark = close;
  r->b->ts = ts;
  r->b->bars += 1;
  if (p->side != 0) r->b->bars_held += 1;
}

static inline void mark(BOOK *b, double equity) {
  b->equity = equity;
  if (equity > b->peak) b->peak = equity;
  else if (equity < b->peak * (1.0 - b->max_drawdown)) b->max_drawdown = 1.0 - equity / b->peak;
}

/* ---- deciding */

static int64_t exit_reason(Run *r, int64_t action, int ending) {
  const POLICY *q = r->q; int64_t side = r->p->side;
  if (r->b->halted != 0 && r->m->daily_loss_action != 1) return DAILY_LOSS;
  if (ending) return SESSION;
  if (action != 0 && (action == 2 || action == (side > 0 ? 3 : 4) || action == -side)) return SIGNAL;
  if (q->time_stop_bars > 0 && r->g->bars - r->p->entry_bar >= q->time_stop_bars) return TIME;
  return 0;
}

static int64_t refusal(Run *r, int64_t action, int ending) {
  const POLICY *q = r->q; LEG *g = r->g;
  if (r->p->side == action) return POSITION_OPEN;
  if (g->entry_lots != 0 || g->exit_unknown != 0) return ORDER_OPEN;
  if (r->b->disabled != 0) return DISABLED;
  if (r->b->halted != 0) return LOSS_LIMIT;
  if (action == 1 && q->allow_long == 0) return NO_LONGS;
  if (action == -1 && (q->allow_short == 0 || r->s->shorting == 0)) return NO_SHORTS;
  if (r->p->side != 0 && (q->rules & CLOSE_ONLY)) return POSITION_OPEN;
  if (g->bars < g->cool_until) return COOL_DOWN;
  if (ending) return SESSION_END;
  return r->m->max_positions <= 0 ? MAX_POSITIONS : 0;
}

static int pays_costs(const POLICY *q, double close, double atr, double distance, double target) {
  double move = distance;
  if (q->fee_gate_multiple <= 0.0) return 1;
  if (q->atr_target_multiple > 0.0 && atr > 0.0) move = q->atr_target_multiple * atr;
  else if (target > 0.0) move = fabs(target - close);
  else if (q->take_profit_pct > 0.0) move = q->take_profit_pct * close;
  else if (atr > 0.0) move = atr;
  double costs = 2.0 * (q->fee + q->slippage + q->order_fee) + q->buy_fee + q->sell_fee;
  return move >= q->fee_gate_multiple * costs * close;
}

static double stop_distance(const POLICY *q, double price, double atr, double stop) {
  double distance = 0.0, trail = trail_distance(q, price, atr);
  if (q->atr_stop_multiple > 0.0 && atr > 0.0) distance = q->atr_stop_multiple * atr;
  else if (stop > 0.0) distance = fabs(price - stop);
  else if (q->stop_loss_pct > 0.0) distance = q->stop_loss_pct * price;
  return trail > 0.0 && (distance == 0.0 || trail < distance) ? trail : distance;
}

static int64_t entry_lots(Run *r, double close, double atr, double stop, double target, int is_long,
                          int64_t *lots) {
  const POLICY *q = r->q; const INSTRUMENT *s = r->s;
  double equity = r->b->equity, distance = stop_distance(q, close, atr, stop);
  if (equity <= 0.0) return NO_EQUITY;
  if (q->sizing == 3 && distance <= 0.0) return NO_STOP;
  if (!pays_costs(q, close, atr, distance, target)) return FEE_GATE;
  double quantity = q->sizing == 1 ? q->size
                  : q->sizing == 2 ? equity * q->size / close : equity * q->size / distance;
  double leverage = q->leverage < s->max_leverage ? q->leverage : s->max_leverage;
  double notional = equity * leverage, limit = equity * r->m->max_exposure;
  if (r->m->max_exposure > 0.0 && limit < notional) notional = limit;
  double each = q->order_fee * (notional > 0.0 ? notional : 0.0);
  if (q->order_fee_cap < each) each = q->order_fee_cap;
  double left = notional - (is_long ? q->buy_flat : q->sell_flat) - each;
  double room = left / (close * (1.0 + q->fee + (is_long ? q->buy_fee : q->sell_fee) + q->slippage));
  if (quantity > room) {
    if (q->sizing == 1 || room <= 0.0)
      return r->m->max_exposure > 0.0 && r->m->max_exposure < leverage ? EXPOSURE : LEVERAGE;
    quantity = room;
  }
  double whole = quantity * (double)s->lot_den / (double)s->lot_num, slack = whole * 1e-15;
  *lots = (int64_t)floor(whole + (slack > 1e-9 ? slack : 1e-9));
  if (*lots <= 0) return ZERO_LOTS;
  return quantity_of(s, *lots) * close < s->min_notional ? TOO_SMALL : 0;
}

static int64_t decide(Run *r, int64_t now, double high, double low, double close, int64_t action,
                      double stop, double target, double atr, int64_t last_of_session) {
  LEG *g = r->g; POSITION *p = r->p;
  int ending = r->q->session_exit != 0 && last_of_session != 0;
  if (p->side != 0) {
    move_levels(r, high, low, atr);
    int64_t reason = exit_reason(r, action, ending), held = p->side * (p->opened_lots - p->closed_lots);
    if (reason != 0 && held != 0 && g->exit_lots == 0) {
      g->exit_n = g->orders += 1;
      g->exit_lots = -held;
      g->exit_reason = reason;
      g->exit_from = now;
    }
  }
  if (r->b->halted != 0 || r->b->disabled != 0) cancel_entry(g);
  if (action != 1 && action != -1) return 0;
  int64_t lots = 0, veto = refusal(r, action, ending);
  if (veto == 0) veto = entry_lots(r, close, atr, stop, target, action == 1, &lots);
  if (veto != 0) return veto;
  if (g->exit_reason == SIGNAL) g->exit_reason = REVERSE;
  g->entry_n = g->orders += 1;
  g->entry_lots = action * lots;
  g->entry_from = now;
  g->entry_close = close;
  g->entry_stop = stop;
  g->entry_target = target;
  g->entry_atr = atr;
  return 0;
}
