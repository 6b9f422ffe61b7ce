"""Industry check, planning response and zone change: what holds for every layer."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from parcel_agglomeration.algorithms.planning.industry_check import (
    OVER,
    UNDER,
    check_industries,
    rank_correlation,
    shifted_levels,
)
from parcel_agglomeration.algorithms.planning.planning_response import (
    entry_threshold,
    grade_limits,
    grades,
    list_order,
    mean_scores,
    planning_lists,
)
from parcel_agglomeration.algorithms.planning.zone_change import (
    BY_ID,
    BY_LOCATION,
    MERGED,
    NEW,
    SPLIT,
    Rule,
    match_names,
    succession,
    transitions,
)

NAN = math.nan
LEVELS = st.integers(0, 4)


def mostly(known):
    """Known values, one in six missing."""
    return st.integers(0, 5).flatmap(lambda die: known if die else st.just(NAN))


scores = mostly(st.integers(0, 100).map(float))
hectares = mostly(st.integers(1, 80).map(lambda n: n / 8))


# The industry check

names = st.sampled_from(["", "c13", "c17", "c26", "c34", "c39"])
performances = mostly(st.integers(1, 9).map(float))


@st.composite
def industries(draw):
    """Parcels (key, score, area, output) and a table of one or two measures of performance."""
    rows = draw(st.lists(st.tuples(names, scores, hectares, scores), min_size=6, max_size=25))
    measures = draw(st.integers(1, 2))
    listed = draw(st.lists(names.filter(bool), unique=True, min_size=3))
    table = {name: draw(st.lists(performances, min_size=measures, max_size=measures)) for name in listed}
    keys, *columns = zip(*rows, strict=True)
    lower = draw(st.lists(st.booleans(), min_size=measures, max_size=measures))
    return list(keys), *(np.array(column) for column in columns), table, lower


@given(industries(), st.integers(1, 3))
def test_industries_hold_every_parcel_and_hectare_once(layer, limit):
    keys, score, area, output, table, lower = layer
    check = check_industries(keys, score, area, output, table, lower, limit)
    named = np.array([bool(key) for key in keys])
    assert sum(one.parcels for one in check.industries) == named.sum()
    assert sum(one.area for one in check.industries) == np.nansum(area[named])
    assert np.nansum([one.output for one in check.industries]) == np.nansum(output[named])
    assert {one.key for one in check.industries} == (set(keys) | set(table)) - {""}
    for one in check.industries:
        own = np.array([key == one.key for key in keys]) & ~np.isnan(score) & ~np.isnan(area)
        assert one.scored == own.sum()
        if one.scored:
            assert one.score == pytest.approx(np.average(score[own], weights=area[own]))
        else:
            assert math.isnan(one.score)
        assert one.conflicts == (abs(one.difference) >= limit)


@given(industries())
def test_ranks_share_out_all_places_and_differences_cancel(layer):
    keys, score, area, output, table, lower = layer
    check = check_industries(keys, score, area, output, table, lower, 2)
    for rank in ("rank", "compared_rank", "performance_rank"):
        ranks = [getattr(one, rank) for one in check.industries if not math.isnan(getattr(one, rank))]
        assert sum(ranks) == len(ranks) * (len(ranks) + 1) / 2
    known = [one for one in check.industries if not math.isnan(one.difference)]
    assert sum(one.difference for one in known) == 0
    for one in known:
        better = [other for other in known if other.score > one.score + 1e-6]
        assert all(other.compared_rank < one.compared_rank for other in better)
        if len(lower) == 1:
            sign = -1 if lower[0] else 1
            ahead = [other for other in known if sign * table[other.key][0] > sign * table[one.key][0]]
            assert all(other.performance_rank < one.performance_rank for other in ahead)


@given(industries(), st.randoms(use_true_random=False))
def test_the_check_knows_neither_order_nor_unit_nor_sign(layer, random):
    keys, score, area, output, table, lower = layer
    plain = check_industries(keys, score, area, output, table, lower, 2)
    order = list(range(len(keys)))
    random.shuffle(order)
    turned = {name: [-8 * value for value in values] for name, values in table.items()}
    other = check_industries(
        [keys[k] for k in order],
        score[order] * 2,
        area[order] * 4,
        output[order],
        turned,
        [not below for below in lower],
        2,
    )
    assert other.finding == [plain.finding[k] for k in order]
    np.testing.assert_array_equal(other.difference, plain.difference[order])
    np.testing.assert_array_equal(other.confidence, plain.confidence[order])
    assert other.joint.n == plain.joint.n
    assert other.joint.spearman == pytest.approx(plain.joint.spearman, nan_ok=True)


@given(industries(), st.data())
def test_levels_move_by_one_towards_the_performance_and_stay_on_the_scale(layer, data):
    keys, score, area, output, table, lower = layer
    level = np.array(data.draw(st.lists(LEVELS, min_size=len(keys), max_size=len(keys))))
    check = check_industries(keys, score, area, output, table, lower, 1)
    moved, reason = shifted_levels(level, keys, check, 4)
    assert ((moved >= (level > 0)) & (moved <= 4)).all()
    for k, step in enumerate(moved - level):
        if step:
            # Over-rated industries score better than they perform.
            assert step == {OVER: -1, UNDER: 1}[check.finding[k]]
            assert check.by_key[keys[k]].scored > 1
        assert (reason[k] in ("up", "down")) == bool(step)
        assert not reason[k] or (check.finding[k] in (OVER, UNDER) and level[k] > 0)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=12), st.integers(1, 9))
def test_rank_correlation_is_symmetric_bounded_and_turns_with_a_column(pairs, factor):
    a, b = np.array(pairs, dtype=float).T
    assume(np.ptp(a) > 0 and np.ptp(b) > 0)
    found, other, turned = rank_correlation(a, b), rank_correlation(b, a), rank_correlation(-factor * a, b)
    itself = rank_correlation(a, a**3)
    for figure in ("spearman", "kendall"):
        value = getattr(found, figure)
        assert -1 - 1e-12 <= value <= 1 + 1e-12
        assert getattr(other, figure) == pytest.approx(value)
        assert getattr(turned, figure) == pytest.approx(-value)
        assert getattr(itself, figure) == pytest.approx(1)


# Planning response


@given(st.lists(st.tuples(LEVELS, LEVELS, st.booleans(), st.booleans(), hectares), min_size=1, max_size=30))
def test_lists_hold_every_parcel_once(rows):
    zone, land, industrial, lead, area = (np.array(column) for column in zip(*rows, strict=True))
    lists = planning_lists(zone, land, industrial, lead)
    np.testing.assert_array_equal(lists.code == "", zone == 0)
    np.testing.assert_array_equal(lists.revitalise, np.isin(lists.code, ["revit", "both"]))
    np.testing.assert_array_equal(lists.renovate, np.isin(lists.code, ["renov", "both"]))
    assert not (lists.revitalise & ((zone == 4) | (land < 3) | ~industrial)).any()
    assert (zone[lists.renovate] == 1).all()
    np.testing.assert_array_equal(lists.priority > 0, lists.revitalise & lists.renovate)
    assert (lists.priority + land == 5)[lists.priority > 0].all()
    assert ((lists.code == "lead") <= (lead & (zone == 4))).all()
    for listed in (lists.revitalise, lists.renovate):
        order = list_order(listed, lists.priority, land, area)
        assert sorted(order.tolist()) == np.flatnonzero(listed).tolist()
        urgency = np.where(lists.priority > 0, lists.priority, 4)
        keys = [(urgency[k], -land[k], -np.nan_to_num(area[k])) for k in order]
        assert keys == sorted(keys)


@given(
    st.lists(st.tuples(st.integers(-1, 3), scores, hectares), min_size=1, max_size=30),
    st.integers(2, 3),
    st.integers(-8, 8),
)
def test_mean_scores_of_areas_are_weighted_by_land(rows, times, exponent):
    area_of, score, land = np.array(rows).T
    area_of = area_of.astype(int)
    found = mean_scores(area_of, score, land, 4)
    for number, mean in enumerate(found):
        own = (area_of == number) & ~np.isnan(score) & ~np.isnan(land)
        if own.any():
            assert mean == pytest.approx(np.average(score[own], weights=land[own]), abs=1e-9)
            if np.ptp(score[own]) == 0:
                assert mean == score[own][0]
        else:
            assert math.isnan(mean)
    repeated = mean_scores(*(np.tile(column, times) for column in (area_of, score, land)), 4)
    np.testing.assert_allclose(repeated, found, rtol=1e-12)
    np.testing.assert_array_equal(mean_scores(area_of, score, land * 2.0**exponent, 4), found)


@given(st.lists(scores, min_size=1, max_size=30).map(np.array), st.lists(scores, max_size=8).map(np.array))
def test_a_better_area_has_no_lower_grade(found, means):
    upper, lower = grade_limits(found)
    known = found[~np.isnan(found)]
    if known.size:
        assert known.min() <= lower <= upper <= known.max()
        # A tertile has a third of the steps between the scores below it, or above.
        assert np.count_nonzero(known > upper) <= (known.size - 1) / 3 + 1
        assert np.count_nonzero(known < lower) <= (known.size - 1) / 3 + 1
        graded = grades(np.sort(means[~np.isnan(means)]), (upper, lower))
        assert graded == sorted(graded, reverse=True)
        assert grades(np.array([upper, lower - 1, NAN]), (upper, lower)) == ["A", "C", ""]


@given(st.lists(scores, min_size=1, max_size=30).map(np.array), st.floats(0, 1), st.floats(0, 1))
def test_a_threshold_rises_with_the_share_it_asks_for(values, one, other):
    low, high = sorted((one, other))
    first, second = entry_threshold(values, low), entry_threshold(values, high)
    known = values[~np.isnan(values)]
    assert first.parcels == known.size and first.few == (known.size < 5)
    assume(known.size)
    assert known.min() <= first.proposed <= second.proposed <= known.max()
    assert known.min() <= first.q1 <= first.median <= first.q3 <= known.max()
    # Less is better in the mirror.
    mirrored = entry_threshold(-values, low, at_most=True)
    assert mirrored.proposed == pytest.approx(-first.proposed, abs=1e-9)


# Zone change


@st.composite
def two_years(draw):
    """Links by name and by location between two years, with zones and areas of both."""
    n, bases = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    own, theirs = list(range(n)), draw(st.permutations(range(bases)))
    named = draw(st.integers(0, min(n, bases)))
    partner = np.full(n, -1)
    partner[own[:named]] = theirs[:named]
    cells = st.tuples(st.integers(0, n - 1), st.integers(0, bases - 1))
    overlaps = draw(st.dictionaries(cells, st.integers(1, 64).map(float), max_size=12))
    pairs = np.array(list(overlaps), dtype=np.int64).reshape(-1, 2).T
    links = succession(n, bases, partner, (*pairs, np.array(list(overlaps.values()))))

    def column(size, elements):
        return np.array(draw(st.lists(elements, min_size=size, max_size=size)))

    return (
        links,
        partner,
        overlaps,
        column(n, LEVELS),
        column(bases, LEVELS),
        column(n, hectares),
        column(bases, hectares),
    )


@given(two_years())
def test_shares_of_a_successor_add_up_and_matches_say_how(years):
    links, partner, overlaps, _, base_zone, *_ = years
    n = len(links.match)
    heirs = {(i, j) for i, j in zip(links.now.tolist(), links.base.tolist(), strict=True)}
    by_location = {i for i, _ in overlaps}
    named = {(i, j) for i, j in enumerate(partner.tolist()) if j >= 0 and i not in by_location}
    assert heirs == set(overlaps) | named
    total = np.bincount(links.now, links.share, n)
    for parcel, match in enumerate(links.match):
        sources = [j for i, j in heirs if i == parcel]
        others = [i for i, j in heirs if j in sources and i != parcel]
        if not sources:
            assert match == NEW and total[parcel] == 0 and links.main[parcel] == -1
            continue
        assert total[parcel] == pytest.approx(1)
        kept = BY_ID if partner[parcel] == sources[0] else BY_LOCATION
        assert match == (MERGED if len(sources) > 1 else SPLIT if others else kept)
        land = {j: overlaps.get((parcel, j), 1.0) for j in sources}
        assert land[links.main[parcel]] == max(land.values())
    assert set(links.gone.tolist()) == set(range(base_zone.size)) - {j for _, j in heirs}


@given(two_years())
def test_means_of_the_base_year_lie_among_those_of_the_ancestors(years):
    links, *_, base_zone, _, _ = years
    values = base_zone.astype(float)
    found = links.means(values)
    for parcel, mean in enumerate(found):
        own = links.now == parcel
        if not own.any():
            assert math.isnan(mean)
        else:
            ancestors = values[links.base[own]]
            assert ancestors.min() - 1e-9 <= mean <= ancestors.max() + 1e-9
            assert mean == pytest.approx(np.average(ancestors, weights=links.share[own]))
    np.testing.assert_allclose(links.means(np.full(values.size, 7.0)), np.where(links.main < 0, NAN, 7.0))


@given(two_years())
def test_margins_of_transitions_are_the_parcels_and_hectares_of_the_years(years):
    links, _, _, now, base, now_area, base_area = years
    moved = transitions(links, now, base, 4, now_area, base_area)
    assert (moved.parcels >= 0).all() and (moved.area >= 0).all()
    # The columns but the last are the zones of this year, each parcel once.
    np.testing.assert_allclose(moved.parcels[:, :5].sum(axis=0), np.bincount(now, minlength=5), atol=1e-9)
    np.testing.assert_allclose(
        moved.area[:, :5].sum(axis=0), np.bincount(now, np.nan_to_num(now_area), 5), atol=1e-9
    )
    # The last row holds what is new, the last column what is gone, and none is both.
    new = np.array([match == NEW for match in links.match])
    gone = links.gone
    np.testing.assert_array_equal(moved.parcels[5, :5], np.bincount(now[new], minlength=5))
    np.testing.assert_array_equal(moved.parcels[:5, 5], np.bincount(base[gone], minlength=5))
    np.testing.assert_allclose(
        moved.area[:5, 5], np.bincount(base[gone], np.nan_to_num(base_area[gone]), 5), atol=1e-9
    )
    assert moved.parcels[5, 5] == moved.area[5, 5] == 0
    assert moved.parcels.sum() == pytest.approx(now.size + gone.size)


@given(
    st.lists(st.sampled_from(["", "a", "b", "c", "d"])), st.lists(st.sampled_from(["", "a", "b", "c", "d"]))
)
def test_names_match_where_they_are_the_only_ones_in_both_years(now, base):
    partner, repeated = match_names(now, base)
    assert repeated == sorted(
        {n for n in now if n and now.count(n) > 1} | {n for n in base if n and base.count(n) > 1}
    )
    for name, position in zip(now, partner.tolist(), strict=True):
        if name and now.count(name) == base.count(name) == 1:
            assert base[position] == name
        else:
            assert position == -1


conditions = st.one_of(st.just(NAN), st.integers(0, 5).map(float))


@given(conditions, conditions, conditions, *[st.integers(0, 5)] * 3)
def test_an_alert_is_a_fall_and_a_deeper_one_raises_it_too(base_from, now_to, fall, base, now, further):
    rule = Rule("r", "r", "zone", base_from, now_to, fall, {})
    raised, deeper = rule.raised(np.array([base, base]), np.array([now, now - further]))
    fallen = now < base
    assert raised == (fallen and not base < base_from and not now > now_to and not base - now < fall)
    assert deeper >= raised
    assert not rule.raised(np.array([NAN, 5.0]), np.array([0.0, NAN])).any()
