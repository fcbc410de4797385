package drill

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/seawall-project/seawall/internal/drill/work"
)

// WriteTable writes the acts side by side and the verdict's sentence.
func (r *Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "act\treaders served\tpages\tsearches\tforms\tp50\tp99\torigin busy\tat origin\tflood sent\t\n")
	for _, a := range r.Acts {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d ms\t%d ms\t%.0f %%\t%d\t%d\t\n", a.Name, percent(a.Readers.Share),
			a.kind(work.Page), a.kind(work.Search), a.kind(work.Form), a.Readers.P50Ms, a.Readers.P99Ms,
			100*a.Origin.Busy, a.Origin.Requests, a.Flood.Sent)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if n := len(r.Acts); n > 0 {
		c := r.Acts[n-1].Actions
		fmt.Fprintf(w, "\nWhat Seawall did: forwarded %d, served %d fresh, %d stale, %d notes, %d other; refused %d, dropped %d.\n",
			c.Forward, c.ServeFresh, c.ServeStale, c.ServeNote, c.ServeOther, c.Refuse, c.Drop)
	}
	for _, a := range r.Acts {
		if a.Prepared != nil {
			fmt.Fprintf(w, "%s\n", a.Prepared.sentence())
		}
	}
	for _, a := range r.Acts[min(1, len(r.Acts)):] {
		fmt.Fprintf(w, "What the lookout saw of %q, a minute for each second: %s.\n", a.Name, a.Lookout.sentence())
	}
	_, sentence := r.Verdict()
	_, err := fmt.Fprintf(w, "%s\n", sentence)
	return err
}

func (a *Act) kind(k work.Kind) string {
	n := a.Readers.ByKind[k.String()]
	return fmt.Sprintf("%d/%d", n.Served, n.Asked)
}
