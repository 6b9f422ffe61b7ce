"""globalmoran's Geary's C, bivariate I and districts, joincounts and incrementalmoran in the toolbox."""

import numpy as np
import pytest
from qgis.core import (
    QgsProcessingException,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterFeatureSource,
)
from qgis.core import QgsProcessingModelChildParameterSource as Source

KNN, BAND, CONTIGUITY, ROOK = range(4)
RAMP = np.arange(1.0, 17).reshape(4, 4).tolist()
HALVES = [["low", "low", "high", "high"]] * 4


@pytest.fixture
def cells(layer):
    """Square parcels in rows and columns: cells(fields, shape, attributes of (row, column))."""

    def make(fields, shape, attributes, crs="EPSG:32637"):
        rows = []
        for r in range(shape[0]):
            for c in range(shape[1]):
                x, y = 400000 + 100 * c, 6170000 - 100 * r
                ring = f"{x} {y},{x + 100} {y},{x + 100} {y + 100},{x} {y + 100},{x} {y}"
                rows.append((f"Polygon (({ring}))", *attributes(r, c)))
        return layer("Polygon", fields, rows, crs)

    return make


class TestGeary:
    def test_the_ramp_of_the_method(self, run, grid):
        # sum w (x_i - x_j)^2, row-standardised: by hand: corners 17/2, sides 18/3 and 33/3, inner 34/4.
        result = run("globalmoran", INPUT=grid(RAMP), FIELD="value", NEIGHBOURS=ROOK, PERMUTATIONS=199)
        total = 4 * 17 / 2 + 4 * 18 / 3 + 4 * 33 / 3 + 4 * 34 / 4
        assert result["GEARY_C"] == pytest.approx(15 / (2 * 16) * total / np.sum((np.arange(16) - 7.5) ** 2))
        row = result.rows()[0]
        assert (row["c_expected"], row["c_z"], row["c_p"]) == (1, result["GEARY_Z"], result["GEARY_P"])
        assert row["c_z"] < -4 and row["c_p_sim"] == pytest.approx(0.01)
        assert row["second"] is None and row["district"] is None
        assert any("Geary's C 0.1" in line for line in result.log.info)

    def test_a_constant_column_has_its_expectations(self, run, grid):
        result = run("globalmoran", INPUT=grid([[7] * 4] * 4), FIELD="value", NEIGHBOURS=ROOK)
        assert result["EXPECTED_I"] == pytest.approx(-1 / 15)
        assert result["MORAN_I"] is None and result["GEARY_C"] is None
        assert result.rows()[0]["c_expected"] == 1
        assert any("same value" in line for line in result.log.warnings)


class TestBivariate:
    def test_a_field_against_itself_is_moran(self, run, grid):
        result = run(
            "globalmoran", INPUT=grid(RAMP), FIELD="value", SECOND_FIELD="value", NEIGHBOURS=ROOK,
            PERMUTATIONS=99,
        )  # fmt: skip
        assert result["BIVARIATE_I"] == pytest.approx(result["MORAN_I"]) == pytest.approx(0.75)
        univariate, bivariate = result.rows()
        assert (univariate["second"], bivariate["second"]) == (None, "value")
        assert bivariate["expected"] == 0 and bivariate["geary_c"] is None and bivariate["p_sim"] == 0.02
        assert result["BIVARIATE_P"] == bivariate["p"] < 0.001

    def test_parcels_need_both_values(self, run, cells):
        parcels = cells(
            "a:double b:double",
            (4, 4),
            lambda r, c: (None if r == c == 0 else 4 * r + c, None if r == 3 else c),
        )
        result = run("globalmoran", INPUT=parcels, FIELD="a", SECOND_FIELD="b", NEIGHBOURS=ROOK)
        assert [(row["parcels"], row["excluded"]) for row in result.rows()] == [(15, 1), (11, 5)]


class TestDistricts:
    @pytest.fixture
    def parks(self, cells):
        """Two parks side by side, a ramp in one and a chequerboard in the other; one parcel in none."""

        def attributes(r, c):
            park = None if (r, c) == (0, 0) else "west" if c < 4 else "east"
            return (4.0 * r + c if c < 4 else float((r + c) % 2), park)

        return cells("value:double park:string", (4, 8), attributes)

    def test_a_row_for_all_and_one_per_district(self, run, parks, grid):
        result = run("globalmoran", INPUT=parks, FIELD="value", NEIGHBOURS=ROOK, DISTRICT="park")
        rows = result.rows()
        assert [row["district"] for row in rows] == [None, "east", "west"]
        assert [row["parcels"] for row in rows] == [32, 16, 15]
        assert rows[1]["moran_i"] == pytest.approx(-1) and rows[1]["geary_c"] > 1.5
        # The park alone, without the parcel that is in none.
        alone = [[None, 1, 2, 3], *([4.0 * r + c for c in range(4)] for r in (1, 2, 3))]
        west = run("globalmoran", INPUT=grid(alone), FIELD="value", NEIGHBOURS=ROOK)
        assert rows[2]["moran_i"] == pytest.approx(west["MORAN_I"], abs=1e-12)
        assert rows[2]["c_z"] == pytest.approx(west["GEARY_Z"], abs=1e-9)
        assert result["MORAN_I"] == rows[0]["moran_i"]

    def test_a_district_too_small_has_nulls_and_is_named(self, run, cells):
        parcels = cells(
            "value:double park:string", (4, 4), lambda r, c: (r * c, "tiny" if r + c < 1 else "big")
        )
        result = run("globalmoran", INPUT=parcels, FIELD="value", NEIGHBOURS=ROOK, DISTRICT="park")
        tiny = result.rows()[2]
        assert tiny["district"] == "tiny" and tiny["moran_i"] is None and tiny["expected"] is None
        assert any("“tiny”" in line and "neighbour" in line for line in result.log.warnings)


class TestJoinCounts:
    def test_halves(self, run, cells):
        # 24 joins of 4 x 4 cells: 10 within each half, 4 across.
        parcels = cells("kind:string", (4, 4), lambda r, c: (HALVES[r][c],))
        result = run("joincounts", INPUT=parcels, FIELD="kind", NEIGHBOURS=ROOK, PERMUTATIONS=999)
        rows = result.rows()
        assert [(row["kind"], row["class_a"], row["class_b"], row["joins"]) for row in rows] == [
            ("same", "high", "high", 10), ("different", "high", "low", 4), ("same", "low", "low", 10),
            ("total", None, None, 4),
        ]  # fmt: skip
        assert result["DIFFERENT"] == 4 and result["EXPECTED"] == pytest.approx(24 * 8 / 15)
        assert result["Z"] < -3 and 0.001 < result["P_SIM"] < 0.02
        assert (rows[1]["parcels_a"], rows[1]["parcels_b"]) == (8, 8)

    def test_classes_in_order_with_their_names_and_nulls_counted(self, run, cells):
        parcels = cells("zone:int", (4, 4), lambda r, c: (None if r == c == 0 else r + 1,))
        result = run("joincounts", INPUT=parcels, FIELD="zone", NEIGHBOURS=ROOK, LANGUAGE=1)
        rows = result.rows()
        assert result["EXCLUDED"] == 1 and len(rows) == 11
        assert [row["class_a"] for row in rows if row["kind"] == "same"] == ["1", "2", "3", "4"]
        assert rows[0]["label_a"] == "低质量集聚区" and rows[0]["joins"] == 2
        assert rows[0]["p_sim"] is None

    def test_row_standardised_joins_are_shares(self, run, cells):
        parcels = cells("kind:string", (4, 4), lambda r, c: (HALVES[r][c],))
        result = run("joincounts", INPUT=parcels, FIELD="kind", NEIGHBOURS=ROOK, STANDARDISED=True)
        assert sum(row["joins"] for row in result.rows()[:3]) == pytest.approx(16 / 2)

    def test_one_class_and_too_many(self, run, cells):
        one = run(
            "joincounts",
            INPUT=cells("kind:string", (3, 3), lambda r, c: ("all",)),
            FIELD="kind",
            NEIGHBOURS=ROOK,
        )
        assert one["DIFFERENT"] == 0 and one["Z"] is None
        assert any("one class only" in line for line in one.log.warnings)
        many = cells("kind:int", (11, 11), lambda r, c: (100 * r + c,))
        with pytest.raises(QgsProcessingException, match=r"121 different values.*classify"):
            run("joincounts", INPUT=many, FIELD="kind")
        with pytest.raises(QgsProcessingException, match="no value"):
            run("joincounts", INPUT=cells("kind:string", (3, 3), lambda r, c: (None,)), FIELD="kind")


@pytest.fixture
def plateaus(cells):
    """Plateaus of 4 x 4 parcels with noise, so that z peaks at about 400 m."""
    noise = np.random.default_rng(1).normal(0, 0.4, (24, 24))
    return cells("value:double", (24, 24), lambda r, c: (float((r // 4 + c // 4) % 2 + noise[r, c]),))


class TestIncremental:
    def test_defaults_and_peaks(self, run, plateaus):
        result = run("incrementalmoran", INPUT=plateaus, FIELD="value", INCREMENT=50)
        rows = result.rows()
        assert [row["distance"] for row in rows] == pytest.approx([100 + 50 * k for k in range(10)])
        assert (rows[0]["links"], rows[0]["islands"]) == (4 * 24 * 23, 0)
        assert rows[0]["mean_nb"] == pytest.approx(4 * 24 * 23 / 576)
        z = [row["z"] for row in rows]
        assert result["MAX_PEAK"] == rows[int(np.argmax(z))]["distance"]
        assert 100 < result["FIRST_PEAK"] <= result["MAX_PEAK"] < 400
        assert [row["max_peak"] for row in rows].count(1) == [row["first_peak"] for row in rows].count(1) == 1
        again = run(
            "globalmoran", INPUT=plateaus, FIELD="value", NEIGHBOURS=BAND, DISTANCE=result["MAX_PEAK"]
        )
        assert again["Z"] == pytest.approx(max(z), rel=1e-9)

    def test_no_peak_is_null_and_said(self, run, grid):
        result = run("incrementalmoran", INPUT=grid(RAMP), FIELD="value", DISTANCES=2)
        assert result["FIRST_PEAK"] is None and result["MAX_PEAK"] is None
        assert any("no peak" in line for line in result.log.info)
        assert {row["max_peak"] for row in result.rows()} == {0}
        # Empty increment: the mean distance to the nearest neighbour, here 100 m.
        assert result.column("distance") == pytest.approx([100, 200])

    def test_nulls_are_left_out_and_degrees_refused(self, run, grid):
        values = [row[:] for row in RAMP]
        values[0][0] = None
        result = run("incrementalmoran", INPUT=grid(values), FIELD="value", FIRST_DISTANCE=150, INCREMENT=50)
        assert result["EXCLUDED"] == 1
        with pytest.raises(QgsProcessingException, match="reproject"):
            run("incrementalmoran", INPUT=grid(RAMP, crs="EPSG:4490"), FIELD="value")

    def test_its_peak_is_the_distance_of_the_next_step_of_a_model(self, run, plateaus):
        import processing

        model = QgsProcessingModelAlgorithm("peak", "test")
        model.addModelParameter(
            QgsProcessingParameterFeatureSource("input"), QgsProcessingModelParameter("input")
        )
        steps = {
            "incrementalmoran": {"INCREMENT": Source.fromStaticValue(50)},
            "globalmoran": {
                "NEIGHBOURS": Source.fromStaticValue(BAND),
                "DISTANCE": Source.fromChildOutput("incrementalmoran", "MAX_PEAK"),
            },
            "joincounts": {
                "NEIGHBOURS": Source.fromStaticValue(BAND),
                "DISTANCE": Source.fromChildOutput("incrementalmoran", "FIRST_PEAK"),
            },
        }
        for algorithm, settings in steps.items():
            child = QgsProcessingModelChildAlgorithm(f"agglomeration:{algorithm}")
            child.setChildId(algorithm)
            field = "kind" if algorithm == "joincounts" else "value"
            settings |= {"INPUT": Source.fromModelParameter("input"), "FIELD": Source.fromStaticValue(field)}
            for name, source in settings.items():
                child.addParameterSources(name, [source])
            output = QgsProcessingModelOutput(algorithm, algorithm)
            output.setChildId(algorithm)
            output.setChildOutputName("OUTPUT")
            child.setModelOutputs({algorithm: output})
            model.addChildAlgorithm(child)
        with_kind = processing.run(
            "native:fieldcalculator",
            {"INPUT": plateaus, "FIELD_NAME": "kind", "FIELD_TYPE": 2, "FORMULA": "if(value > 0.5, 'a', 'b')",
             "OUTPUT": "TEMPORARY_OUTPUT"},
        )["OUTPUT"]  # fmt: skip
        results = processing.run(
            model.create(), {"input": with_kind, **dict.fromkeys(steps, "TEMPORARY_OUTPUT")}
        )
        bands = {feature["distance"]: feature["z"] for feature in results["incrementalmoran"].getFeatures()}
        row = next(results["globalmoran"].getFeatures())
        assert row["z"] == pytest.approx(max(bands.values()), rel=1e-9)
        assert results["joincounts"].featureCount() == 4
