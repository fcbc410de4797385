package replay

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/seawall-project/seawall/internal/watch"
)

const (
	maxLine  = 1 << 20
	maxHead  = 32 << 20 // the first line names every site
	maxAhead = 1 << 16  // rows that wait to be put in order
	maxNotes = 100
)

// reader reads a night: its head, then facts in the order of time, as far as they stand no more than [maxAhead] rows apart.
type reader struct {
	in     *bufio.Reader
	line   int
	config watch.Config
	notes  []string
	ahead  queue
	seen   int
	done   bool
	told   func(Told) error

	sites, vantages map[string]bool          // named in the first line
	offsets         map[string]time.Duration // of vantages' clocks, as they said last; by them rows are put in order
}

// newReader reads the first line.
func newReader(in io.Reader) (*reader, error) {
	r := &reader{in: bufio.NewReaderSize(in, 64<<10)}
	text, err := r.next(maxHead)
	if errors.Is(err, io.EOF) {
		return nil, errors.New("line 1: empty; the first line names sites and vantages")
	}
	if err != nil {
		return nil, err
	}
	var h head
	if err := json.Unmarshal(text, &h); err != nil {
		return nil, r.wrong(describe(err))
	}
	var notes []string
	if r.config, notes, err = h.config(); err != nil {
		return nil, r.wrong(err)
	}
	r.notes = notes
	r.offsets = make(map[string]time.Duration)
	r.sites, r.vantages = make(map[string]bool), make(map[string]bool)
	for _, s := range r.config.Sites {
		r.sites[s.Name] = true
	}
	for _, v := range r.config.Vantages {
		r.vantages[v.Name] = true
	}
	return r, nil
}

// next returns the next line that is not empty. What it returns is valid until it is called again.
func (r *reader) next(limit int) ([]byte, error) {
	for {
		r.line++
		var text []byte
		for {
			part, err := r.in.ReadSlice('\n')
			text = append(text, part...)
			if len(text) > limit {
				return nil, r.wrong(fmt.Errorf("longer than %d bytes", limit))
			}
			if errors.Is(err, io.EOF) && len(bytes.TrimSpace(text)) > 0 {
				break
			}
			if err == nil {
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				return nil, err
			}
		}
		if r.line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return text, nil
		}
	}
}

// wrong says where something is wrong.
func (r *reader) wrong(err error) error { return fmt.Errorf("line %d: %w", r.line, err) }

// describe says what is wrong with JSON in the words of this format.
func describe(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: got %s", e.Field, e.Value)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not JSON at byte %d: %w", e.Offset, err)
	}
	return err
}

// fact returns the next fact in the order of time, and io.EOF after the last.
func (r *reader) fact() (watch.Fact, error) {
	for !r.done && len(r.ahead) < maxAhead {
		f, err := r.read()
		if errors.Is(err, io.EOF) {
			r.done = true
			break
		}
		if err != nil {
			return watch.Fact{}, err
		}
		r.seen++
		heap.Push(&r.ahead, waiting{f, r.seen})
	}
	if len(r.ahead) == 0 {
		return watch.Fact{}, io.EOF
	}
	w, _ := heap.Pop(&r.ahead).(waiting)
	return w.Fact, nil
}

func (r *reader) read() (watch.Fact, error) {
	text, err := r.next(maxLine)
	if err != nil {
		return watch.Fact{}, err
	}
	var x row
	if err := json.Unmarshal(text, &x); err != nil {
		return watch.Fact{}, r.wrong(describe(err))
	}
	f, note, err := x.fact()
	if err != nil {
		return f, r.wrong(err)
	}
	if r.told != nil && (x.Listing != nil || x.Claim != nil || x.Feed != nil || x.Edge != nil) {
		if err := r.told(x.told()); err != nil {
			return f, r.wrong(err)
		}
	}
	if note == "" {
		note = r.stranger(f)
	}
	switch {
	case f.Report != nil && r.vantages[f.Report.Vantage]:
		r.offsets[f.Report.Vantage] = f.Report.Usable()
	case f.Reading != nil:
		f.At, f.Corrected = f.At.Add(-r.offsets[f.Reading.Vantage]), true
	}
	if note != "" && len(r.notes) < maxNotes {
		r.notes = append(r.notes, r.wrong(errors.New(note)).Error())
	}
	return f, nil
}

// stranger says when a fact is of a site or a vantage that the first line does not name. The machine counts such facts and leaves them.
func (r *reader) stranger(f watch.Fact) string {
	switch {
	case f.Reading != nil && !r.sites[f.Reading.Site]:
		return fmt.Sprintf("site %q is not in the first line; skipped", brief([]byte(f.Reading.Site)))
	case f.Reading != nil && !r.vantages[f.Reading.Vantage]:
		return fmt.Sprintf("vantage %q is not in the first line; skipped", brief([]byte(f.Reading.Vantage)))
	case f.Report != nil && !r.vantages[f.Report.Vantage]:
		return fmt.Sprintf("vantage %q is not in the first line; skipped", brief([]byte(f.Report.Vantage)))
	case f.Maintenance != nil && !r.sites[f.Maintenance.Site]:
		return fmt.Sprintf("site %q is not in the first line; skipped", brief([]byte(f.Maintenance.Site)))
	}
	return ""
}

// waiting is a fact that waits for its turn.
type waiting struct {
	watch.Fact
	seq int
}

// queue is a heap by time, then by place in the file.
type queue []waiting

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if c := q[i].At.Compare(q[j].At); c != 0 {
		return c < 0
	}
	return q[i].seq < q[j].seq
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push adds a fact; for container/heap.
func (q *queue) Push(x any) {
	if w, ok := x.(waiting); ok {
		*q = append(*q, w)
	}
}

// Pop takes the last; for container/heap.
func (q *queue) Pop() any {
	old := *q
	w := old[len(old)-1]
	*q = old[:len(old)-1]
	return w
}
