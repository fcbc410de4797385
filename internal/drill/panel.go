package drill

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Panel returns a function for Options.Progress that shows how the rehearsal goes: on a terminal a few lines redrawn in place, else one
// line every two seconds.
func Panel(w io.Writer, terminal bool) func(Progress) {
	if terminal {
		return (&livePanel{w: w}).show
	}
	return (&linePanel{w: w}).show
}

type linePanel struct {
	w    io.Writer
	act  string
	next time.Duration
}

const lineEvery = 2 * time.Second

func (p *linePanel) show(s Progress) {
	if s.Act != p.act {
		p.act, p.next = s.Act, lineEvery
	}
	if s.Elapsed < p.next {
		return
	}
	p.next += lineEvery
	fmt.Fprintf(p.w, "%-8s %3.0f s  readers served %d of %d (%s)  origin busy %.0f %%  %s\n", s.Act, s.Elapsed.Seconds(),
		s.Served, s.Asked, percent(s.share()), 100*s.Busy, s.actions())
}

// livePanel draws three lines and redraws them in place until the act changes.
type livePanel struct {
	w   io.Writer
	act string
}

const liveWidth = 30

func (p *livePanel) show(s Progress) {
	if p.act == s.Act {
		fmt.Fprint(p.w, "\x1b[3A")
	}
	p.act = s.Act
	done := min(liveWidth, int(liveWidth*s.Elapsed.Seconds()/s.Length.Seconds()))
	fmt.Fprintf(p.w, "\x1b[2K%-8s [%s%s] %.0f s\n", s.Act, strings.Repeat("=", done), strings.Repeat(" ", liveWidth-done),
		s.Elapsed.Seconds())
	fmt.Fprintf(p.w, "\x1b[2K  readers served %d of %d (%s)   origin busy %.0f %%\n", s.Served, s.Asked, percent(s.share()), 100*s.Busy)
	fmt.Fprintf(p.w, "\x1b[2K  %s\n", s.actions())
}

func (s Progress) share() float64 {
	if s.Asked == 0 {
		return 1
	}
	return float64(s.Served) / float64(s.Asked)
}

func (s Progress) actions() string {
	c := s.Actions
	if s.Act != Seawall {
		return "no Seawall in front"
	}
	return fmt.Sprintf("forwarded %d, fresh %d, stale %d, notes %d, refused %d, dropped %d",
		c.Forward, c.ServeFresh, c.ServeStale, c.ServeNote, c.Refuse, c.Drop)
}
