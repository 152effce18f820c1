# Building and deploying; docs/deploy.md leads through it.
.PHONY: lock licences package infra-check indexes rekey deploy deploy-check undeploy

STAGE ?= dev
STACK ?= nebula-$(STAGE)
AWS ?= aws
# One region for all that is called: version 2 of the command line takes AWS_REGION first, version 1 and
# boto3 know AWS_DEFAULT_REGION alone.
ONE_REGION := $(or $(AWS_REGION),$(AWS_DEFAULT_REGION))
ifneq ($(ONE_REGION),)
export AWS_REGION := $(ONE_REGION)
export AWS_DEFAULT_REGION := $(ONE_REGION)
endif
ACCOUNT = $$($(AWS) sts get-caller-identity --query Account --output text)
HERE = $(ACCOUNT)-$${AWS_REGION:-$$($(AWS) configure get region)}
ARTEFACTS ?= nebula-artefacts-$(HERE)
OUT := .build/$(STAGE)
# Each is left out unless it is given: the stack then keeps what it had. A URL may hold what a shell reads.
OVERRIDES = Stage=$(STAGE) $(if $(ORIGIN),FrontendOrigin='$(ORIGIN)') $(if $(ALARM_EMAIL),AlarmEmail='$(ALARM_EMAIL)') \
	$(if $(PERSIST_URL),PersistUrl='$(PERSIST_URL)') $(if $(PUBLIC_URL),PublicUrl='$(PUBLIC_URL)') \
	$(if $(JWKS_URL),TokenJwksUrl='$(JWKS_URL)') $(PARAMETERS)

lock: $(STAMP) ## renew every locked version; make lock KEEP=1 only takes up what is new in requirements/*.in
	@$(BIN)/python -m infra.lock $(if $(KEEP),--keep)

# Of the locked environment, which holds what ships in the versions that ship; boto3 and Chalice come beside it.
# pi_heif is LGPL: libheif and libde265 are shared libraries of their own in it, which anyone may replace.
SHIPPED = $$(sed -nE 's/^([a-z0-9-]+)==.*/\1/p' requirements/function.txt) boto3 botocore chalice
LICENCES ?= docs/licences.md
licences: $(STAMP) ## list in docs/licences.md under which licences the packages are that ship; stop at one that may not
	@$(BIN)/pip-licenses --packages $(SHIPPED) --ignore-packages pi_heif >/dev/null
	@{ printf '# Licences of what ships\n\nWritten by `make licences` from the packages'"'"' own metadata; not to be edited.\n\n'; \
		$(BIN)/pip-licenses --allow-only= --packages $(SHIPPED); } > $(LICENCES)

package: $(STAMP) ## build the deployable package and template: make package STAGE=dev
	@$(BIN)/python -m infra.package --stage $(STAGE)

infra-check: package ## lint the expanded template, compare actions with policies
	@$(BIN)/cfn-lint --non-zero-exit-code informational --template $(OUT)/expanded.json
	@$(BIN)/python -m infra.actions

deploy-check: ## which account, and are its secrets in place?
	@$(AWS) sts get-caller-identity --output text --query Arn
	@$(AWS) ssm get-parameter --name /nebula/$(STAGE)/MONGODB_URI --query Parameter.Name --output text
	@AWS="$(AWS)" infra/access-logs.sh $(STAGE) "$(PARAMETERS)"

# No index is about the bucket, which every configuration has to name.
indexes: $(STAMP) deploy-check ## make the indexes in a stage's database: make indexes STAGE=dev
	@NEBULA_PARAMETERS=/nebula/$(STAGE)/MONGODB_URI NEBULA_BUCKET=- \
		$(BIN)/python -c 'from chalicelib.bootstrap import apply_indexes; apply_indexes()'
	@echo "The database has every index."

# Releases before the digest kept images under the secret part of their URLs. Safe while the stage runs.
rekey: $(STAMP) ## give images of older releases keys that tell no URL: make rekey STAGE=dev
	@NEBULA_BUCKET=nebula-$(STAGE)-$(HERE) $(BIN)/python -c 'from chalicelib.bootstrap import hide_persist_names; \
		print(hide_persist_names(), "files were moved; every URL goes on working.")'

deploy: deploy-check package ## deploy a stage: make deploy STAGE=dev ORIGIN=https://data.example.com
	@set -e; bucket=$(ARTEFACTS); export AWS="$(AWS)"; \
	infra/artefacts.sh ready $$bucket $(ACCOUNT); before=$$(infra/artefacts.sh deployed $(STACK)); \
	$(AWS) cloudformation package --template-file $(OUT)/sam.json --s3-bucket $$bucket --s3-prefix $(STACK) \
		--use-json --output-template-file $(OUT)/uploaded.json >/dev/null; \
	$(AWS) cloudformation deploy --template-file $(OUT)/uploaded.json --s3-bucket $$bucket \
		--stack-name $(STACK) --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset \
		--tags project=nebula stage=$(STAGE) --parameter-overrides $(OVERRIDES); \
	infra/artefacts.sh superseded "$$before" "$$(sed -n 's/.*"CodeUri": "\(.*\)".*/\1/p' $(OUT)/uploaded.json | head -n 1)"
	@$(AWS) cloudformation describe-stacks --stack-name $(STACK) --output table \
		--query 'Stacks[0].Outputs[?OutputKey==`ApiBaseUrl`||OutputKey==`BucketName`].[OutputKey,OutputValue]'

undeploy: ## remove a stage; its bucket and secrets stay until CONFIRM=delete-all-photos
	$(AWS) cloudformation delete-stack --stack-name $(STACK)
	$(AWS) cloudformation wait stack-delete-complete --stack-name $(STACK)
ifeq ($(CONFIRM),delete-all-photos)
	$(AWS) ssm delete-parameters --names /nebula/$(STAGE)/MONGODB_URI /nebula/$(STAGE)/NEBULA_TOKEN_SECRET \
		/nebula/$(STAGE)/ingest/MONGODB_URI
	@bucket=nebula-$(STAGE)-$(HERE); $(AWS) s3api head-bucket --bucket $$bucket 2>&1 | grep -qF '(404)' \
		|| $(AWS) s3 rb s3://$$bucket --force
endif
