/* The loop over all bars, its quiet stretches, and the strategy's own columns. */
#include "kernel.c"

typedef struct {
  int64_t n, timeframe_ms;
  const int64_t *ts; const double *open, *high, *low, *close;
  const int8_t *action; const double *stop, *target, *atr; const int8_t *session_end;
} Columns;

static inline void begin_bar(Run *r, int64_t ts) {
  BOOK *b = r->b;
  if (ts < b->day_end) return;
  b->day_end = ((ts + r->m->day_offset_ms) / DAY_MS + 1) * DAY_MS - r->m->day_offset_ms;
  b->day_equity = b->equity;
  b->halted = 0;
}

static int64_t skip_held(Run *r, const Columns *c, int64_t i, int64_t end, double *equity) {
  BOOK *b = r->b; POSITION *p = r->p;
  double cash = b->cash, quantity = p->quantity, peak = b->peak, drawdown = b->max_drawdown;
  double marked = b->equity, stop = p->side < 0 ? p->target : p->stop;
  double target = p->side < 0 ? p->stop : p->target, floor_ = -1e300;
  if (r->m->max_daily_loss > 0.0) floor_ = b->day_equity * (1.0 - r->m->max_daily_loss);
  double deepest = peak * (1.0 - drawdown);
  int64_t start = i;
  for (; i < end; i++) {
    if (c->action[i] != 0 || c->low[i] <= stop || c->high[i] >= target) break;
    double worth = cash + quantity * c->close[i];
    if (worth <= floor_) break;
    marked = worth;
    if (worth > peak) {
      peak = worth;
      deepest = peak * (1.0 - drawdown);
    } else if (worth < deepest) {
      drawdown = 1.0 - worth / peak;
      deepest = peak * (1.0 - drawdown);
    }
    if (equity) equity[i] = worth;
  }
  b->equity = marked;
  b->peak = peak;
  b->max_drawdown = drawdown;
  b->bars_held += i - start;
  return i;
}

static int64_t skip_quiet(Run *r, const Columns *c, int resting, int64_t start, double *equity) {
  BOOK *b = r->b; LEG *g = r->g; POSITION *p = r->p;
  if (g->exit_lots != 0 || g->entry_lots != 0 || c->ts[start] >= b->day_end) return start;
  if (p->side != 0 && (!resting || b->halted != 0)) return start;
  int64_t bars = (b->day_end - c->ts[start] + c->timeframe_ms - 1) / c->timeframe_ms;
  int64_t end = start + bars < c->n ? start + bars : c->n, i = start;
  while (end > start && c->ts[end - 1] >= b->day_end) end -= 1;
  if (p->side == 0) {
    while (i < end && c->action[i] == 0) i++;
    if (equity) for (int64_t j = start; j < i; j++) equity[j] = b->equity;
  } else {
    i = skip_held(r, c, start, end, equity);
  }
  if (i > start) {
    g->bars += i - start;
    g->mark = c->close[i - 1];
    b->bars += i - start;
    b->ts = c->ts[i - 1];
  }
  return i;
}

/* equity may be NULL; returns the number of fills written */
int64_t over_bars(Run *run, const Columns *c, double *equity, int64_t *vetoes) {
  Run r = *run;
  BOOK b = *r.b; LEG g = *r.g; POSITION p = *r.p;
  r.b = &b; r.g = &g; r.p = &p;
  const POLICY *q = r.q;
  int resting = q->trailing_stop_pct == 0.0 && q->atr_trail_multiple == 0.0 &&
                q->break_even_pct == 0.0 && q->time_stop_bars == 0 && q->session_exit == 0;
  for (int64_t i = 0; i < c->n; i++) {
    i = skip_quiet(&r, c, resting, i, equity);
    if (i == c->n) break;
    begin_bar(&r, c->ts[i]);
    fold_bar(&r, c->ts[i], c->open[i], c->high[i], c->low[i], c->close[i]);
    mark(&b, b.cash + p.quantity * c->close[i]);
    if (r.m->max_daily_loss > 0.0 && b.halted == 0 &&
        b.equity <= b.day_equity * (1.0 - r.m->max_daily_loss)) b.halted = 1;
    if (p.side != 0 || c->action[i] != 0 || g.entry_lots != 0)
      vetoes[decide(&r, c->ts[i] + c->timeframe_ms, c->high[i], c->low[i], c->close[i],
                    c->action[i], c->stop[i], c->target[i], c->atr[i], c->session_end[i])] += 1;
    if (equity) equity[i] = b.equity;
  }
  if (c->n > 0) b.as_of = c->ts[c->n - 1] + c->timeframe_ms;
  *run->b = b; *run->g = g; *run->p = p;
  return r.count;
}

/* The simple moving average as the product's indicator computes it, anchored on blocks of time. */
void sma(int64_t n, const int64_t *ts, const double *x, int64_t window, int64_t timeframe_ms,
         double *tail, double *out) {
  int64_t span = (window - 1 > 1 ? window - 1 : 1) * timeframe_ms, boundary = INT64_MIN, held = 0;
  double origin = 0.0, head = 0.0;
  for (int64_t i = 0; i < n; i++) {
    if (ts[i] >= boundary || held == window) {
      boundary = (ts[i] / span + 1) * span;
      held = 0; origin = x[i]; head = 0.0;
      double total = 0.0;
      tail[0] = 0.0;
      for (int64_t k = 1; k < window && k <= i; k++) { total += x[i - k] - origin; tail[k] = total; }
    }
    head += x[i] - origin;
    held += 1;
    out[i] = i >= window - 1 ? origin + (head + tail[window - held]) / (double)window : NAN;
  }
}

/* Enter long where `fast` rises above `slow`, short where it falls below. */
void crossings(int64_t n, const double *fast, const double *slow, int8_t *action) {
  action[0] = 0;
  for (int64_t i = 1; i < n; i++)
    action[i] = (int8_t)((fast[i] > slow[i]) & (fast[i - 1] <= slow[i - 1])) -
                (int8_t)((fast[i] < slow[i]) & (fast[i - 1] >= slow[i - 1]));
}
