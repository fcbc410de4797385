package gateway

import (
	"strconv"
	"time"

	"github.com/seawall-project/seawall"
	"github.com/seawall-project/seawall/internal/edge"
	"github.com/seawall-project/seawall/internal/edge/answer"
	"github.com/seawall-project/seawall/internal/edge/cache"
)

// carryOut does what needs no origin.
func (v *visit) carryOut(act edge.Action) {
	switch {
	case act.Kind == seawall.ActionDrop:
		v.Out.Abort()
	case act.Answer == seawall.AnswerRedirect:
		v.serveRedirect(act)
	case act.Entry != nil:
		v.serveEntry(act.Entry, v.Now(), hitStatus(act, v.Now()))
		v.Cache.Prepare(act.Entry, &v.Request) // after the answer: this reader does not wait for it
	case act.Note != nil:
		v.servePage(act.Note, act.Reason)
	default:
		v.servePage(v.Answers.Refusal(act.Status), act.Reason)
	}
}

// serveEntry sends a stored response, or 304 when the reader already has it, or the part that the reader wants (RFC 9110, sections 13
// and 14).
func (v *visit) serveEntry(e *cache.Entry, now time.Time, status string) {
	fields, body := e.Select(&v.Request)
	fields = append(fields,
		seawall.Field{Name: "Age", Value: strconv.FormatInt(int64(e.Age(now)/time.Second), 10)},
		seawall.Field{Name: "Cache-Status", Value: status})
	if e.NotModified(&v.Request) {
		v.send(304, fields, nil)
		return
	}
	v.sendPart(e, fields, body)
}

// sendPart sends what of a stored response the request's Range asks for.
func (v *visit) sendPart(e *cache.Entry, fields seawall.Fields, body []byte) {
	size := strconv.Itoa(len(e.Body))
	switch part, first, end := e.Range(&v.Request); part {
	case cache.Some:
		span := "bytes " + strconv.FormatInt(first, 10) + "-" + strconv.FormatInt(end-1, 10) + "/" + size
		v.send(206, append(fields, seawall.Field{Name: "Content-Range", Value: span}), e.Body[first:end])
	case cache.NothingOfIt:
		v.send(416, seawall.Fields{{Name: "Content-Range", Value: "bytes */" + size}, {Name: "Cache-Status", Value: fields.Get("Cache-Status")}}, nil)
	default:
		v.send(e.Status, fields, body)
	}
}

// send sends a whole answer. An error of writing means that the reader has left.
func (v *visit) send(status int, fields seawall.Fields, body []byte) {
	err := v.head(status, fields, int64(len(body)))
	if err == nil && !v.bodiless(status) {
		_, err = v.Write(body)
	}
	if err != nil {
		v.gone()
	}
}

// servePage sends one of Seawall's own prepared pages.
func (v *visit) servePage(p *answer.Page, why seawall.Reason) {
	fields := make(seawall.Fields, 0, len(p.Fields)+4)
	fields = append(fields, p.Fields...)
	id := v.Request.ID
	if after := p.RetryAfter(id); after > 0 {
		fields = append(fields, seawall.Field{Name: "Retry-After", Value: strconv.Itoa(after)})
	}
	fields = append(fields,
		seawall.Field{Name: "Cache-Status", Value: cacheName + "; detail=" + why.String()},
		seawall.Field{Name: "X-Request-Id", Value: id.String()})
	if status := v.proxyStatus(why); status != "" {
		fields = append(fields, seawall.Field{Name: "Proxy-Status", Value: status})
	}
	v.send(p.Status, fields, p.AppendBody(make([]byte, 0, p.Len()), id))
}
