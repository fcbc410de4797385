package relational

import (
	"context"
	"database/sql"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seawall-project/seawall/internal/store"
	"github.com/seawall-project/seawall/internal/watch/probe"
)

// resultColumns are the columns of a result, in the order in which they are written and read.
var resultColumns = []string{
	"site", "at", "run", "seq", "class", "phase", "status", "protocol", "family", "flags", "dns", "tcp", "tls", "ttfb", "body", "total", "bytes",
	"body_hash", "simhash",
}

// insertResults is a statement that adds n results.
func insertResults(n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO result (" + strings.Join(resultColumns, ", ") + ") VALUES ")
	for i := range n {
		for j := range resultColumns {
			switch {
			case j > 0:
				b.WriteString(", ")
			case i > 0:
				b.WriteString("), (")
			default:
				b.WriteByte('(')
			}
			b.WriteString("$" + strconv.Itoa(i*len(resultColumns)+j+1))
		}
	}
	return b.String() + ") ON CONFLICT DO NOTHING"
}

// Append implements [store.Results].
func (db *DB) Append(ctx context.Context, rs []store.Result) (fates []store.Fate, err error) {
	if len(rs) == 0 {
		return nil, ctx.Err()
	}
	err = db.write(ctx, "append results", func(tx *sql.Tx) error {
		a, err := db.newAppend(ctx, tx, rs)
		if err != nil {
			return err
		}
		fates = make([]store.Fate, len(rs))
		for i := range rs {
			if fates[i], err = a.add(&rs[i]); err != nil {
				return err
			}
		}
		return a.finish()
	})
	if err != nil {
		return nil, err
	}
	return fates, nil
}

// appending is one call of Append in its transaction.
type appending struct {
	ctx context.Context //nolint:containedctx // it lives as long as the call
	tx  *sql.Tx
	Dialect

	sites  map[store.SiteID]bool
	oldest time.Time // results before it are no longer kept
	newest time.Time // results after it are from the future
	rolled time.Time // results before it have been summed up, and will be again
	runs   map[runName]*run
	bounds map[runName]*store.Span // of the sequence numbers in this call
	days   map[time.Time]bool      // of what is added
	args   []any
	due    map[store.SiteID]map[int64]bool // buckets to be summed up again, in milliseconds
}

type runName struct{ vantage, run string }

func nameOf(k store.Key) runName { return runName{k.Vantage, k.Run} }

func (db *DB) newAppend(ctx context.Context, tx *sql.Tx, rs []store.Result) (*appending, error) {
	a := &appending{
		ctx: ctx, tx: tx, Dialect: db.dialect, newest: db.now().Add(store.MaxAhead), sites: make(map[store.SiteID]bool),
		runs: make(map[runName]*run), bounds: make(map[runName]*store.Span), due: make(map[store.SiteID]map[int64]bool),
		days: make(map[time.Time]bool),
	}
	sites, err := rows(ctx, tx, scanInt[store.SiteID], `SELECT id FROM site`)
	if err != nil {
		return nil, err
	}
	for _, s := range sites {
		a.sites[s] = true
	}
	marks, err := readMarks(ctx, tx)
	if err != nil {
		return nil, err
	}
	a.oldest, a.rolled = at(marks[oldestMark]), at(marks[rolledMark])
	for i := range rs {
		k, seq := nameOf(rs[i].Key), rs[i].Sequence
		if !numbered(seq) {
			continue
		}
		b, ok := a.bounds[k]
		if !ok {
			b = &store.Span{First: seq, Last: seq}
			a.bounds[k] = b
		}
		b.First, b.Last = min(b.First, seq), max(b.Last, seq)
	}
	return a, nil
}

// add decides what becomes of a result, and adds it.
func (a *appending) add(r *store.Result) (store.Fate, error) {
	switch {
	case !a.sites[r.Site] || !named(r.Vantage) || !named(r.Run) || !numbered(r.Sequence) || r.At.Before(epoch):
		return store.Unknown, nil
	case r.At.Before(a.oldest):
		return store.TooOld, nil
	case r.At.After(a.newest):
		return store.FromFuture, nil
	}
	n := nameOf(r.Key)
	known, ok := a.runs[n]
	if !ok {
		var err error
		if known, err = openRun(a.ctx, a.tx, r.Key, a.bounds[n].First, a.bounds[n].Last); err != nil {
			return 0, err
		}
		a.runs[n] = known
	}
	if !known.ledger.Take(r.Sequence) {
		return store.Duplicate, nil
	}
	if r.At.After(known.last) {
		known.last = r.At
	}
	a.days[r.At.UTC().Truncate(day)] = true
	a.rollAgain(r)
	a.args = appendResult(a.args, known.id, r)
	return store.Stored, nil
}

const day = 24 * time.Hour

// epoch is the beginning of the times that can be kept.
var epoch = time.UnixMilli(1)

// named reports whether s can be the name of a vantage or run.
func named(s string) bool {
	return s != "" && len(s) <= store.MaxName && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// numbered reports whether n can be a sequence number: there is one before it and one after it.
func numbered(n int64) bool { return n >= 1 && n < math.MaxInt64 }

// rollAgain notes that a bucket has to be summed up again when r comes after that was done.
func (a *appending) rollAgain(r *store.Result) {
	if !r.At.Before(a.rolled) {
		return
	}
	if a.due[r.Site] == nil {
		a.due[r.Site] = make(map[int64]bool)
	}
	a.due[r.Site][millis(r.At.Truncate(store.Bucket))] = true
}

// finish writes what was added.
func (a *appending) finish() error {
	if len(a.args) == 0 {
		return nil
	}
	if a.MakeRoom != nil {
		if err := a.MakeRoom(a.ctx, a.tx, slices.Collect(maps.Keys(a.days))); err != nil {
			return err
		}
	}
	for _, size := range []int{max(a.Together, 1), 1} {
		if err := a.insert(size); err != nil {
			return err
		}
	}
	for _, r := range a.runs {
		if err := r.close(a.ctx, a.tx); err != nil {
			return err
		}
	}
	for site, buckets := range a.due {
		for from := range buckets {
			if err := addDue(a.ctx, a.tx, site, from, from+store.Bucket.Milliseconds()); err != nil {
				return err
			}
		}
	}
	return nil
}

// insert adds results, size at a time, as long as there are so many.
func (a *appending) insert(size int) error {
	n := size * len(resultColumns)
	if len(a.args) < n {
		return nil
	}
	stmt, err := a.tx.PrepareContext(a.ctx, insertResults(size))
	if err != nil {
		return err
	}
	defer stmt.Close()
	for ; len(a.args) >= n; a.args = a.args[n:] {
		if _, err := stmt.ExecContext(a.ctx, a.args[:n]...); err != nil {
			return err
		}
	}
	return nil
}

// appendResult appends a result's columns.
func appendResult(args []any, run int32, r *store.Result) []any {
	t := &r.Timings
	return append(args, int64(r.Site), millis(r.At), int64(run), r.Sequence, int64(r.Class), int64(r.Phase), within(r.Status, math.MaxInt16),
		protocolNumber(r.Protocol), int64(r.Family), flagsOf(r), micros(t.DNS), micros(t.TCP), micros(t.TLS), micros(t.TTFB),
		micros(t.Body), micros(t.Total), max(r.Bytes, 0),
		int64(r.BodyHash), int64(r.Simhash)) //nolint:gosec // G115: the same bits
}

// insideFlag is the bit of a result's flags that says that its vantage was inside. Those below are what was said beside the class.
const insideFlag = 1 << 8

func flagsOf(r *store.Result) int64 {
	flags := int64(r.Assessed)
	if r.Inside {
		flags |= insideFlag
	}
	return flags
}

func within(n, most int) int64 { return int64(min(max(n, 0), most)) }

// micros is a timing as it is stored: NULL when the phase was not reached.
func micros(d time.Duration) any {
	if d < 0 {
		return nil
	}
	return min(d.Microseconds(), math.MaxInt32)
}

func timing(us sql.Null[int64]) time.Duration {
	if !us.Valid {
		return probe.NotReached
	}
	return time.Duration(us.V) * time.Microsecond
}

// protocols are the protocols by the number under which they are stored.
var protocols = map[int64]string{10: "HTTP/1.0", 11: "HTTP/1.1", 20: "HTTP/2.0", 30: "HTTP/3.0"}

func protocolNumber(name string) int64 {
	for n, p := range protocols {
		if p == name {
			return n
		}
	}
	return 0
}

// selectResults reads results in order; what follows it says which.
var selectResults = "SELECT r." + strings.Join(resultColumns, ", r.") + ", run.vantage, run.name FROM result r JOIN run ON run.id = r.run "

// inSite are the results of a site's time.
const inSite = "WHERE r.site = $1 AND r.at >= $2 AND r.at < $3 ORDER BY r.at, r.run, r.seq LIMIT $4"

// Results implements [store.Results].
func (db *DB) Results(ctx context.Context, r store.Range) ([]store.Result, error) {
	return read(ctx, db, "results", scanResult, selectResults+inSite, int64(r.Site), millis(r.From), end(r.To), limit(r.Limit))
}

func scanResult(row *sql.Rows, r *store.Result) error {
	var ms, protocol, flags, hash, sim int64
	var run int32
	var t [6]sql.Null[int64]
	err := row.Scan(&r.Site, &ms, &run, &r.Sequence, &r.Class, &r.Phase, &r.Status, &protocol, &r.Family, &flags,
		&t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &r.Bytes, &hash, &sim, &r.Vantage, &r.Run)
	r.At, r.Protocol = at(ms), protocols[protocol]
	r.Assessed, r.Inside = probe.Assessments(flags&(insideFlag-1)), flags&insideFlag != 0 //nolint:gosec // G115: eight bits
	r.BodyHash, r.Simhash = uint64(hash), uint64(sim)                                     //nolint:gosec // G115: the same bits
	r.Timings = probe.Timings{DNS: timing(t[0]), TCP: timing(t[1]), TLS: timing(t[2]), TTFB: timing(t[3]), Body: timing(t[4]), Total: timing(t[5])}
	return err
}
