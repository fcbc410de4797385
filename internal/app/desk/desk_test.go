package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seawall-project/seawall/internal/app/desk"
	"github.com/seawall-project/seawall/internal/control"
)

type shop struct{ sold int }

type order struct{ Pieces int }

var sell = desk.Op[shop, order, int]{Name: "sell", Do: func(s *shop, _ context.Context, in order) (int, error) {
	if in.Pieces > 3 {
		return 0, desk.Refuse("%d pieces are too many", in.Pieces)
	}
	s.sold += in.Pieces
	return s.sold, nil
}}

// What is asked through a socket is done as what is asked here is, and refused in the same words.
func TestHereAndThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ln, err := control.Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ops := make(control.Ops)
	desk.Serve(&shop{}, ops, sell)
	server := &http.Server{Handler: ops.Handler()}
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })

	for name, way := range map[string]desk.Way[shop]{"here": desk.Here(&shop{}), "there": desk.There[shop](&control.Client{Path: path})} {
		for _, want := range []int{2, 4} {
			if got, err := sell.Ask(t.Context(), way, order{2}); err != nil || got != want {
				t.Errorf("%s: got %d, error %v, want %d", name, got, err, want)
			}
		}
		_, err := sell.Ask(t.Context(), way, order{4})
		var refused *control.RefusedError
		if !errors.Is(err, control.ErrRefused) && !errors.As(err, &refused) || !strings.Contains(err.Error(), "4 pieces are too many") {
			t.Errorf("%s: got error %v", name, err)
		}
	}
	if _, err := ops["sell"](t.Context(), json.RawMessage(`{"Pieces":"two"}`)); !errors.Is(err, control.ErrRefused) {
		t.Errorf("got error %v for a question of another shape", err)
	}
}

func TestServeTwice(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("two operations of one name were served")
		}
	}()
	desk.Serve(&shop{}, make(control.Ops), sell, sell)
}
