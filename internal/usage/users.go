package usage

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"coffer/internal/errs"
	"coffer/internal/ident"
	"coffer/internal/meta"
)

// UserDay is what was asked of all keys of a user, and by the console for them, on one day.
type UserDay struct {
	Day  time.Time    // midnight, UTC
	User ident.UserID // "": all the users who have no days of their own
	Counts
}

// TopUsers is how many users have days of their own in a reading of everybody.
const TopUsers = 20

// Users returns the days from the one of from to the one of to on which anybody's keys were used, in order of days: of the TopUsers users
// with the most requests each by themselves, of the others together.
func (s *Service) Users(ctx context.Context, c ident.ContractID, from, to time.Time) ([]UserDay, error) {
	first, last, err := span(from, to)
	if err == nil {
		err = s.Flush(ctx)
	}
	if err != nil {
		return nil, err
	}
	byUser := map[ident.UserID]map[string]Counts{}
	err = s.cfg.Meta.View(ctx, partition(c), func(r meta.Reader) error {
		return eachDay(r, dayText(first), dayText(last), func(u ident.UserID, day string, row []byte) error {
			var n Counts
			if err := decode(row, &n); err != nil {
				return err
			}
			days := byUser[u]
			if days == nil {
				days = map[string]Counts{}
				byUser[u] = days
			}
			n.add(days[day])
			days[day] = n
			return nil
		})
	})
	if err != nil {
		return nil, errs.Wrap("usage.Users", err)
	}
	return top(byUser)
}

// eachDay visits the rows of keys of all users from one day to another.
func eachDay(r meta.Reader, first, last string, visit func(u ident.UserID, day string, row []byte) error) error {
	var from []byte
	for {
		next, err := r.Scan(kindKey, from, nil, meta.Budget{}, func(route, tail, row []byte) ([]byte, error) {
			user, isUser := strings.CutPrefix(string(route), "u/")
			day, _, _ := strings.Cut(string(tail), "/")
			switch {
			case !isUser:
				return nil, nil
			case day < first:
				return meta.At(meta.Route(route), first), nil
			case day > last: // what is left of this user is later still
				return meta.At(meta.Route(route), "\xff"), nil
			}
			return nil, visit(ident.UserID(user), day, row)
		})
		if err != nil || next == nil {
			return err
		}
		from = next
	}
}

// top puts days in order, those of all but the first users together.
func top(byUser map[ident.UserID]map[string]Counts) ([]UserDay, error) {
	users, total := make([]ident.UserID, 0, len(byUser)), map[ident.UserID]int64{}
	for u, days := range byUser {
		users = append(users, u)
		for _, n := range days {
			total[u] += n.Requests
		}
	}
	slices.SortFunc(users, func(a, b ident.UserID) int { return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(a, b)) })
	rest := map[string]Counts{}
	for _, u := range users[min(TopUsers, len(users)):] {
		for day, n := range byUser[u] {
			n.add(rest[day])
			rest[day] = n
		}
	}
	var all []UserDay
	take := func(u ident.UserID, days map[string]Counts) error {
		for day, n := range days {
			at, err := time.Parse(dayForm, day)
			if err != nil {
				return errs.New(errs.Corrupt, "", "A row of usage can't be read.").Because(err)
			}
			all = append(all, UserDay{Day: at, User: u, Counts: n})
		}
		return nil
	}
	for _, u := range users[:min(TopUsers, len(users))] {
		if err := take(u, byUser[u]); err != nil {
			return nil, err
		}
	}
	if err := take("", rest); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b UserDay) int { return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.User, b.User)) })
	return all, nil
}
