package claims

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/app/orders"
	"github.com/seawall-project/seawall/internal/config"
	"github.com/seawall-project/seawall/internal/control"
	"github.com/seawall-project/seawall/internal/report"
	"github.com/seawall-project/seawall/internal/store"
)

// Store is the part of a store that the desk works on.
type Store interface {
	store.Claims
	store.Orders
	Reader
	Evidence(ctx context.Context, r store.Range) ([]store.Evidence, error)
	Incident(ctx context.Context, id string) (store.Incident, error)
}

// Desk is where people work with claims. Store, State and Now are required.
type Desk struct {
	Store Store
	State string // the folder with the ledger's key, and the table of aliases
	Now   func() time.Time
	Maker report.Party // in whose name statements go out; the zero value is [DefaultMaker]

	Others orders.OthersFunc // other hosts of sites; nil for those of the table alone
}

// DefaultMaker is who makes statements where nobody said.
var DefaultMaker = report.Party{ID: "seawall", Name: "An operator of Seawall"}

// Op is something that people can have done at this desk.
type Op[In, Out any] = desk.Op[Desk, In, Out]

// Way leads to a desk.
type Way = desk.Way[Desk]

// The operations.
var (
	Add      = Op[Adding, Added]{Name: "claim-add", Do: (*Desk).add}
	List     = Op[Listing, []Shown]{Name: "claim-list", Do: (*Desk).list}
	Show     = Op[Naming, Shown]{Name: "claim-show", Do: (*Desk).show}
	Decide   = Op[Deciding, Decided]{Name: "claim-verdict", Do: (*Desk).decide}
	Export   = Op[Exporting, Exported]{Name: "claim-export", Do: (*Desk).export}
	Erase    = Op[Erasing, Erased]{Name: "claim-erase", Do: (*Desk).erase}
	KeyShown = Op[Rotating, Key]{Name: "claim-key", Do: (*Desk).showKey}
	GapsFind = Op[Gapping, Gaps]{Name: "claim-gaps", Do: (*Desk).gaps}
	Mark     = Op[Marking, Marked]{Name: "claim-mark", Do: (*Desk).mark}
	Report   = Op[Exporting, Exported]{Name: "incident-report", Do: (*Desk).reportIncident}
	HeadOut  = Op[GivingHead, Head]{Name: "claim-head", Do: (*Desk).giveHead}
)

// Serve adds everything that the desk does to the operations of a socket.
func (d *Desk) Serve(ops control.Ops) {
	desk.Serve(d, ops, Add, List, Show, Decide, Export, Erase, KeyShown, HeadOut, Mark, GapsFind, Report)
}

// MakerOf returns in whose name a configuration says that statements go out.
func MakerOf(cfg *config.Config) report.Party {
	return report.Party{ID: cfg.Claims.Maker, Name: cfg.Claims.Maker, Contact: cfg.Claims.Contact}
}

func (d *Desk) maker() report.Party {
	if d.Maker.Name == "" {
		return DefaultMaker
	}
	return d.Maker
}

// claim returns the claim with that ID, or whose ID begins so, as long as only one does.
func (d *Desk) claim(ctx context.Context, id string) (store.KeptClaim, error) {
	c, err := d.Store.Claim(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return c, desk.Refuse("no claim is called %.40q; \"seawall claim list\" shows all", id)
	}
	return c, err
}

// isClaim reports whether somebody means a claim, and not a host.
func isClaim(name string) bool {
	return strings.HasPrefix(name, "claim-") && !strings.Contains(name, ".")
}

// verdictID names the verdict on a target of a claim, or of an attack that several sources speak of.
func verdictID(claimID, target string, began time.Time) string {
	if claimID != "" {
		return claimID + "/" + target
	}
	return fmt.Sprintf("%s/%s", began.UTC().Format("20060102T150405Z"), target)
}
