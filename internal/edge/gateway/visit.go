package gateway

import (
	"strings"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/origin"
)

// visit is one exchange on its way through the gateway, with the outcome as it builds up.
type visit struct {
	*Gateway
	*Exchange
	out      seawall.Outcome
	site     *edge.Site    // nil while it is not known to be of any
	uploaded int64         // room taken for the request's body
	piped    *piped        // the request's body when it is passed on as it comes, nil when it is not
	giveBack func()        // gives back the room for that
	failure  *origin.Error // the origin's latest, nil when there was none
	received int           // the status that the origin answered with when that was of no use, 0 else

	background bool // no reader waits: see [Gateway.renew]
}

func newVisit(g *Gateway, x *Exchange) *visit {
	return &visit{Gateway: g, Exchange: x, out: seawall.Outcome{
		ID:     x.Request.ID,
		Time:   x.Request.Received,
		Client: x.Request.Client.Prefix(),
		Proto:  x.Request.Proto,
	}}
}

// take notes the action that is about to be carried out; the last one taken is the one reported.
func (v *visit) take(act edge.Action) {
	v.out.Action, v.out.Reason, v.out.Answer, v.out.Cache = act.Kind, act.Reason, act.Answer, act.Cache
	if act.Site != nil {
		v.site, v.out.Site = act.Site, act.Site.Name
	}
	if act.Rule != nil { // a fallback says nothing of rules, and is what came of one
		v.out.Rule, v.out.Effect = act.Rule.Name, act.Under
	}
	if act.Lane != seawall.LaneNone {
		v.out.Lane = act.Lane
	}
}

// end gives back what the visit holds and reports it.
func (v *visit) end() {
	if v.piped != nil {
		v.piped.Stop()
		v.giveBack()
	}
	v.uploads.give(v.Request.Client.Prefix(), v.uploaded)
	v.note()
	v.out.Took = v.Now().Sub(v.out.Time)
	v.Report(v.out)
}

// head sends the head of the answer and notes its status. An error means that the reader is gone.
func (v *visit) head(status int, fields seawall.Fields, size int64) error {
	v.out.Status = status
	return v.Out.Head(status, fields, size)
}

// gone notes that the reader left before the answer was complete.
func (v *visit) gone() { v.out.Reason = seawall.ReasonClientGone }

// Write sends body bytes to the reader and counts them.
func (v *visit) Write(p []byte) (int, error) {
	n, err := v.Out.Write(p)
	v.out.Bytes += int64(n)
	return n, err
}

// bodiless reports whether an answer of this status carries no body to this request (RFC 9110, section 6.4.1).
func (v *visit) bodiless(status int) bool {
	return v.Request.Method == "HEAD" || status == 204 || status == 304 || status < 200
}

// lookoutAgent begins the User-Agent of whoever measures ([probe]); what it asks for is nothing that readers want. Others who call themselves so are
// left out of the book as well, and nothing else.
const lookoutAgent = "Seawall-Lookout/"

// note enters what a reader asked for in the site's book of peace, once it has been answered there as asked.
func (v *visit) note() {
	if strings.HasPrefix(v.Request.Fields.Get("User-Agent"), lookoutAgent) {
		return
	}
	if v.site == nil || v.background || v.out.Answer == seawall.AnswerRedirect || v.out.Status < 200 || v.out.Status >= 400 || v.site.Index >= len(v.Books) || v.Admit[v.site.Index].Load(v.Now()).Pressure {
		return
	}
	v.Books[v.site.Index].Note(&v.Request)
}
