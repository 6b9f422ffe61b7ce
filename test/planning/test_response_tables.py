"""Rows of the tables of planning responses, and their report."""

import numpy as np
import pytest
from parcel_agglomeration.algorithms.fields import (
    LEAD_AREAS,
    RENOVATION,
    RESERVE_LAND,
    REVITALISATION,
    STANDARDS,
    STRATEGIES,
)
from parcel_agglomeration.algorithms.planning.planning_response import planning_lists
from parcel_agglomeration.algorithms.planning.planning_tables import Strategy
from parcel_agglomeration.algorithms.planning.response_report import response_report
from parcel_agglomeration.algorithms.planning.response_tables import (
    Item,
    LeadAreas,
    Plots,
    ResponseTables,
    lead_rows,
    renovation_rows,
    reserve_rows,
    revitalisation_rows,
    standard_rows,
    strategy_rows,
)

NAN = np.nan
GENERAL = {(zone, ""): Strategy(f"aim {zone}", f"do {zone}") for zone in (1, 2, 3, 4)}


def named(fields, rows):
    return [dict(zip((field.name for field in fields), row, strict=True)) for row in rows]


@pytest.fixture
def plots():
    return Plots(
        name=["a", "b", "c", "d", "e", "f"],
        district=["north", "south", "north", "", "north", "south"],
        zone=np.array([4, 4, 1, 1, 4, 0]),
        land=np.array([4, 3, 4, 0, 4, 2]),
        score=np.array([80.0, 60.0, 20.0, NAN, 70.0, NAN]),
        hectares=np.array([2.0, 1.0, 3.0, 4.0, 1.0, 9.0]),
    )


@pytest.fixture
def lead():
    return LeadAreas(
        ["L1", "L2"],
        ["A", "C"],
        np.array([75.0, 60.0]),
        np.array([6.5, 1.0]),
        np.array([0, 1, 0, -1, 0, -1]),
        np.array([0, 1, -1, -1, 0, -1]),
    )


def test_a_lead_area_counts_its_parcels_of_zone_4_and_the_others_apart(lead, plots):
    first, second = named(LEAD_AREAS, lead_rows(lead, plots, "zh"))
    assert (first["parcels"], first["others"], first["zone4_hm2"], first["area_hm2"]) == (2, 1, 3, 6.5)
    assert (first["grade_lbl"], first["districts"]) == ("引领级", "north")
    assert (second["lead_area"], second["grade"], second["districts"]) == ("L2", "C", "south")


def test_reserve_tells_ring_and_nearest_lead_area(lead):
    rows = reserve_rows(np.array([1, 0]), np.array([8.0, 2.0]), np.array([1, -1]), lead, (500.0, 800.0))
    assert rows == [("R1", 2, 500, 800, "L2", 8), ("R2", 1, 0, 500, "", 2)]
    assert len(rows[0]) == len(RESERVE_LAND)


def test_standards_come_from_the_parcels_of_zone_4_in_each_area_and_in_all(lead, plots):
    items = [Item("tax per mu", "tax_mu", "10^4 CNY/mu", False), Item("water", "wat", "t", True)]
    values = np.array([[10.0, 1.0], [40.0, 4.0], [999.0, 999.0], [999.0, 999.0], [20.0, NAN], [999.0, 999.0]])
    rows = named(STANDARDS, standard_rows(lead, plots, items, values, [("5G", "per km2")], 0.25, "en"))
    assert [row["lead_area"] for row in rows] == ["L1"] * 3 + ["L2"] * 3 + ["all lead areas"] * 3
    tax, water, facility = rows[:3]
    assert (tax["parcels"], tax["median"], tax["proposed"], tax["rule"]) == (2, 15, 12.5, "at least")
    assert (water["parcels"], water["proposed"], water["rule"], water["few"]) == (1, 1, "at most", 1)
    assert (facility["item"], facility["unit"], facility["proposed"]) == ("5G", "per km2", None)
    assert all(row["standard"] is None for row in rows)
    # 10 20 40 and 1 4: a quarter from below, and from above.
    assert [row["proposed"] for row in rows[6:8]] == [15, 3.25]


def test_lists_in_both_and_alone(plots):
    lists = planning_lists(plots.zone, plots.land, np.ones(6, bool), plots.zone == 4)
    revitalise = named(REVITALISATION, revitalisation_rows(plots, lists, "en"))
    assert [(row["parcel"], row["priority"]) for row in revitalise] == [("c", 1)]
    renovate = named(RENOVATION, renovation_rows(plots, lists, [("tax", "x"), ("fire", "y")], "en"))
    assert [(row["parcel"], row["priority"], row["land_lvl"]) for row in renovate] == [
        ("c", 1, 4),
        ("d", None, None),
    ]
    assert renovate[0]["joint"] == "tax; fire" and renovate[0]["decision"] is None


def test_one_zone_one_policy(plots):
    own = {**GENERAL, (1, "north"): Strategy("own", "of the north")}
    rows = named(STRATEGIES, strategy_rows(plots, own, "en"))
    assert [(row["district"], row["zone"]) for row in rows] == [
        (district, zone) for district in ("north", "south", "(no district)") for zone in (4, 3, 2, 1)
    ]
    there = {(row["district"], row["zone"]): row for row in rows if row["parcels"]}
    assert there["north", 1]["strategy"] == "of the north"
    assert there["(no district)", 1]["strategy"] == "do 1"
    assert (there["north", 4]["parcels"], there["north", 4]["area_hm2"]) == (2, 3)
    # of 2 + 3 + 1 hectares; parcel f has no zone and is in no denominator
    assert there["north", 4]["share_area"] == pytest.approx(0.5)
    assert there["south", 4]["share_area"] == 1
    assert all(row["strategy"] is None for row in rows if not row["parcels"])


def test_without_districts_the_layer_is_one(plots):
    whole = Plots(plots.name, [""] * 6, plots.zone, plots.land, plots.score, plots.hectares)
    rows = named(STRATEGIES, strategy_rows(whole, GENERAL, "en"))
    assert [row["district"] for row in rows] == [""] * 4
    assert [row["parcels"] for row in rows] == [3, 0, 0, 2]


class TestReport:
    def page(self, tables, strategies=GENERAL, limits=(70.0, 50.0)):
        return "\n".join(
            response_report(
                tables, limits, 50, [("tax <office>", "tax")], strategies, "en", lambda text: text
            )
        )

    def test_everything_is_there_and_escaped(self, lead, plots):
        lists = planning_lists(plots.zone, plots.land, np.ones(6, bool), plots.zone == 4)
        own = {**GENERAL, (1, "north"): Strategy("own", "of the <north>")}
        page = self.page(
            ResponseTables(
                lead_rows(lead, plots, "en"),
                reserve_rows(np.array([0, 0]), np.array([8.0, 2.0]), np.array([1, 1]), lead, (500.0,)),
                standard_rows(
                    lead, plots, [Item("t", "t", "", False)], np.full((6, 1), 12345.6), [], 0.5, "en"
                ),
                revitalisation_rows(plots, lists, "en"),
                renovation_rows(plots, lists, [("tax", "")], "en"),
                strategy_rows(plots, own, "en"),
            ),
            own,
        )
        assert "north: of the &lt;north&gt;" in page and "tax &lt;office&gt;" in page
        assert "A leading from 70.0, B rising from 50.0, C nurturing below" in page
        assert "Renovation list: 2 parcels" in page
        assert ">12346<" in page and "<td>near ring</td><td>0-500</td><td>L2</td>" in page
        assert '<td class="number">2</td><td class="number">10.00</td>' in page, "pieces and their sum"
        assert "<td>2 (3.00)</td>" in page, "parcels and hectares of zone 4 in the north"

    def test_what_there_is_none_of_is_said(self, plots):
        rows = strategy_rows(plots, GENERAL, "en")
        page = self.page(ResponseTables([], [], [], [], [], rows), limits=(NAN, NAN))
        assert "no zone 4, or only areas that are too small" in page
        assert "No land is reserved." in page
        assert "Revitalisation list: 0 parcels" in page
        assert "nan" not in page

    def test_a_long_list_is_cut_and_says_so(self, plots):
        row = ("p", "north", None, 1, "low", 2, 10.0, 1.0)
        page = self.page(ResponseTables([], [], [], [row] * 301, [], strategy_rows(plots, GENERAL, "en")))
        assert "The first 300" in page and page.count("<td>p</td>") == 300
