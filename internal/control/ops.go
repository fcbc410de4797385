package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Ops answers on a control socket that is not the edge's: each operation by its name, as POST /NAME with a question and an answer in JSON.
type Ops map[string]func(ctx context.Context, question json.RawMessage) (answer any, err error)

// ErrRefused is wrapped by errors of an operation that are for the person who asked: nothing was done. Other errors are faults.
var ErrRefused = errors.New("refused")

// Handler returns what answers requests, a few at a time.
func (ops Ops) Handler() http.Handler {
	mux := http.NewServeMux()
	ops.serve(mux)
	return bounded(mux)
}

func (ops Ops) serve(mux *http.ServeMux) {
	for name, op := range ops {
		mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
			question, err := io.ReadAll(r.Body)
			if err != nil {
				answer(w, http.StatusBadRequest, refusal{fmt.Sprintf("read the question: %v", err)})
				return
			}
			given, err := op(r.Context(), question)
			switch {
			case errors.Is(err, ErrRefused):
				answer(w, http.StatusUnprocessableEntity, refusal{err.Error()})
			case err != nil:
				answer(w, http.StatusInternalServerError, refusal{err.Error()})
			default:
				answer(w, http.StatusOK, given)
			}
		})
	}
}

// Ask has an operation of [Ops] done, and reads its answer into the value that answer points to. The error is a [RefusedError] when it was not.
func (c *Client) Ask(ctx context.Context, name string, question, answer any) error {
	return c.do(ctx, longTime, "/"+name, question, answer)
}
