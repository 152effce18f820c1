"""CloudFront before the images: off by default; on, it serves what the function would have served."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from chalicelib.api.routes.files import CACHE_CONTROL, CONTENT_SECURITY_POLICY
from chalicelib.domain.layout import Layout
from infra import template
from infra.template import Template
from tests.integration.infra.deployed import deployed
from tests.integration.infra.test_template import of_type, properties

NAME = "4cac5898807f4daab74bc7ce09aef1f537ed91ac9c8b4cf9903c9e614e1123db.jpg"
PATH = f"/api/files/26936493/download/{NAME}"


@pytest.fixture(scope="module")
def cdn(expanded: Template) -> Template:
    """A stack that has it."""
    return deployed(expanded, Stage="prod", ImageCdn="on")


def test_there_is_none_unless_it_is_asked_for(expanded: Template) -> None:
    without = deployed(expanded, Stage="prod")
    assert [name for name, it in without["Resources"].items() if "CloudFront" in it["Type"]] == []
    assert "cloudfront" not in json.dumps(properties(without, "BucketPolicy"))
    for function in of_type(without, "AWS::Lambda::Function").values():
        assert function["Environment"]["Variables"]["NEBULA_PUBLIC_URL"] == {"Ref": "PublicUrl"}


def test_the_linter_finds_nothing_with_it(expanded: Template, tmp_path: Path) -> None:
    on = copy.deepcopy(expanded)
    on["Parameters"]["ImageCdn"]["Default"] = "on"
    template.write(on, tmp_path / "cdn.json")
    assert template.lint(tmp_path / "cdn.json") == ""


def test_urls_that_are_handed_out_lead_to_it_unless_an_own_domain_does(
    expanded: Template, cdn: Template
) -> None:
    def url(stack: Template) -> Any:
        return properties(stack, "APIHandler")["Environment"]["Variables"]["NEBULA_PUBLIC_URL"]

    assert url(cdn) == {"Fn::Sub": "https://${ImageCdnDistribution.DomainName}"}
    own = deployed(expanded, ImageCdn="on", PublicUrl="https://images.example.com")
    assert url(own) == {"Ref": "PublicUrl"}


def test_it_alone_reads_the_images_and_nothing_but_them(cdn: Template) -> None:
    (statement,) = [
        it for it in properties(cdn, "BucketPolicy")["PolicyDocument"]["Statement"] if it["Effect"] == "Allow"
    ]
    assert statement["Action"] == "s3:GetObject"
    assert statement["Resource"] == {"Fn::Sub": "${Bucket.Arn}/" + Layout().persist + "*"}
    source = statement["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]
    assert source.endswith(":distribution/${ImageCdnDistribution}")
    (access,) = of_type(cdn, "AWS::CloudFront::OriginAccessControl").values()
    config = access["OriginAccessControlConfig"]
    assert (config["SigningBehavior"], config["OriginAccessControlOriginType"]) == ("always", "s3")
    (distribution,) = of_type(cdn, "AWS::CloudFront::Distribution").values()
    (origin,) = distribution["DistributionConfig"]["Origins"]
    bucket = properties(cdn, "Bucket")["BucketName"]["Fn::Sub"]
    assert origin["DomainName"]["Fn::Sub"].startswith(f"{bucket}.s3.")
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": ["ImageCdnAccess", "Id"]}


def test_browsers_are_told_what_the_function_tells_them(cdn: Template) -> None:
    (policy,) = of_type(cdn, "AWS::CloudFront::ResponseHeadersPolicy").values()
    security = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert security["ContentTypeOptions"] == {"Override": True}
    assert security["ContentSecurityPolicy"]["ContentSecurityPolicy"] == CONTENT_SECURITY_POLICY
    # errors get the policy's headers too, and must not be kept
    assert "CustomHeadersConfig" not in policy["ResponseHeadersPolicyConfig"]


def test_only_images_are_kept_and_at_the_edge_for_a_day_at_most(cdn: Template) -> None:
    (policy,) = of_type(cdn, "AWS::CloudFront::CachePolicy").values()
    assert policy["CachePolicyConfig"]["MaxTTL"] == 24 * 3600
    (distribution,) = of_type(cdn, "AWS::CloudFront::Distribution").values()
    errors = distribution["DistributionConfig"]["CustomErrorResponses"]
    assert {it["ErrorCode"]: it["ErrorCachingMinTTL"] for it in errors} == {403: 0, 404: 0}


needs_node = pytest.mark.skipif(
    shutil.which("node") is None, reason="no node here to run CloudFront's functions"
)


def run(cdn: Template, name: str, event: dict[str, Any]) -> dict[str, Any]:
    """What one of its functions makes of an event."""
    code = properties(cdn, name)["FunctionCode"]
    script = f"{code}\nconsole.log(JSON.stringify(handler({json.dumps(event)})))"
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, timeout=60, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@needs_node
def test_a_url_leads_to_the_object_that_the_store_wrote(cdn: Template) -> None:
    asked = run(cdn, "ImageCdnKey", {"request": {"uri": PATH, "method": "GET"}})
    assert asked["uri"] == "/" + Layout().persist_key("26936493", NAME)


@needs_node
@pytest.mark.parametrize(
    "path",
    ["/", "/persist/26936493/x", "/trove/Cards/a.jpg", PATH.upper(), f"{PATH}/..", f"/x{PATH}", PATH[:-4],
     "/api/files/../download/" + NAME, PATH + "\n"],
)  # fmt: skip
def test_nothing_else_of_the_bucket_can_be_asked_for(cdn: Template, path: str) -> None:
    answer = run(cdn, "ImageCdnKey", {"request": {"uri": path, "method": "GET"}})
    assert answer["statusCode"] == 404
    assert answer["headers"]["cache-control"]["value"] == "no-store"


@needs_node
def test_an_image_may_be_kept_as_when_the_function_sends_it(cdn: Template) -> None:
    answer = run(cdn, "ImageCdnKeeping", {"response": {"statusCode": 200, "headers": {}}})
    assert answer["headers"]["cache-control"]["value"] == CACHE_CONTROL
